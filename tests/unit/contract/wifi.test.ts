import { expect, test } from "vitest";
import { readDocument } from "../../../runtime/boot/read-document.ts";
import { type WifiSettings, wifiFault, wifiSecurity } from "../../../runtime/contract/index.ts";

const KEY = "0123456789abcdef".repeat(4);

test.each<[WifiSettings, string]>([
  [{}, "open"],
  [{ password: "long enough" }, "wpa2-wpa3"],
  [{ password: KEY }, "wpa2"],
  [{ password: "kürzer", security: "wpa3" }, "wpa3"],
  [{ password: "x".repeat(63) }, "wpa2-wpa3"],
])("%j can be asked for", (settings, security) => {
  expect(wifiFault("home", settings)).toBeUndefined();
  expect(wifiSecurity(settings)).toBe(security);
});

test.each<[string, WifiSettings, RegExp]>([
  ["home", { password: "short" }, /8 to 63 plain ASCII/],
  ["home", { password: "pässwörter" }, /say 'security: wpa3'/],
  ["home", { password: "z".repeat(64) }, /64 hexadecimal/],
  ["home", { password: "two\nlines of it", security: "wpa3" }, /control character/],
  ["home", { security: "wpa3" }, /needs a password/],
  ["home", { security: "open", password: "long enough" }, /no password/],
  ["ü".repeat(17), { password: "long enough" }, /34 bytes/],
])("%s %j can't, and the reason does not hold the password", (ssid, settings, reason) => {
  const fault = wifiFault(ssid, settings) ?? "";
  expect(fault).toMatch(reason);
  if (settings.password !== undefined) expect(fault).not.toContain(settings.password);
});

test("a document names the line of a network that can't be, and what was meant by a wrong word", () => {
  const document = (lines: string) => `network:\n  wifi:\n    networks:\n      home:\n${lines}`;
  expect(() => readDocument(document('        password: "secret"\n'))).toThrowError(/line 4: .*8 to 63 plain ASCII/);
  expect(() => readDocument(document("        pasword: long enough\n"))).toThrowError(/password/);
  expect(() => readDocument(document("        password: long enough\n        security: wpa4\n"))).toThrowError(/line 6: /);
  expect(readDocument(document('        password: "long enough"\n        hidden: true\n')).network?.wifi?.networks).toEqual({
    home: { password: "long enough", hidden: true },
  });
});
