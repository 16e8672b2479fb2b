import { expect, test } from "vitest";
import { readSupplicantLine } from "../../../../runtime/platform/linux/network/supplicant-line.ts";

test.each([
  ["wlan0: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:01:00 completed [id=1 id_str=]", { kind: "connected", network: 1 }],
  ["wlan0: CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:01:00 reason=3", { kind: "disconnected" }],
  [
    'wlan0: CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="home" auth_failures=1 duration=10 reason=WRONG_KEY',
    { kind: "password", network: 0 },
  ],
  [
    'wlan0: CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="x reason=WRONG_KEY" auth_failures=1 duration=10 reason=CONN_FAILED',
    { kind: "refused", reason: "CONN_FAILED" },
  ],
  [
    "wlan0: CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=3 auth_transaction=2 status_code=1",
    { kind: "password", network: undefined },
  ],
  [
    "wlan0: CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=0 auth_transaction=2 status_code=13",
    { kind: "refused", reason: "authentication status 13" },
  ],
  ["wlan0: CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:01:00 status_code=17", { kind: "refused", reason: "association status 17" }],
])("%s", (line, news) => {
  expect(readSupplicantLine(line)).toEqual(news);
});

test.each([
  "",
  "wlan0: SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='CTRL-EVENT-CONNECTED' freq=2412 MHz)",
  "  wlan0: CTRL-EVENT-DISCONNECTED",
  "wlan0: CTRL-EVENT-SCAN-STARTED ",
  "wlan0: CTRL-EVENT-constructor",
  `wlan0: ${"x".repeat(10_000)}`,
])("all else is passed over: %.60s", (line) => {
  expect(readSupplicantLine(line)).toBeUndefined();
});
