/** What wpa_supplicant says that matters here. `network`: the number of the block in its configuration. */
export type SupplicantNews =
  | { readonly kind: "connected"; readonly network: number }
  | { readonly kind: "disconnected" }
  | { readonly kind: "password"; readonly network: number | undefined }
  | { readonly kind: "refused"; readonly reason: string };

const LINE_MAX = 500;

/**
 * A line of its standard output: "wlan0: CTRL-EVENT-CONNECTED - Connection to 02:… completed [id=0 id_str=]" [wpa_ctrl.h]. undefined
 * for all others. Names in it are the air's: nothing but numbers and words of its own are taken.
 */
export function readSupplicantLine(line: string): SupplicantNews | undefined {
  const [, event = "", rest = ""] = /^[a-z][\w.-]{0,14}: CTRL-EVENT-([A-Z-]+)(.*)$/.exec(line.slice(0, LINE_MAX)) ?? [];
  return READERS[event]?.(rest);
}

const READERS: Readonly<Record<string, (rest: string) => SupplicantNews | undefined>> = {
  CONNECTED: (rest) => ({ kind: "connected", network: numberIn(/ \[id=(\d+) /, rest) ?? 0 }),
  DISCONNECTED: () => ({ kind: "disconnected" }),
  // "id=0 ssid="…" auth_failures=1 duration=10 reason=WRONG_KEY": the name comes first and may hold anything, so from the end.
  "SSID-TEMP-DISABLED": (rest) =>
    / reason=WRONG_KEY$/.test(rest)
      ? { kind: "password", network: numberIn(/^ id=(\d+) /, rest) }
      : { kind: "refused", reason: / reason=([A-Z_]+)$/.exec(rest)?.[1] ?? "refused" },
  "ASSOC-REJECT": (rest) => ({ kind: "refused", reason: `association status ${numberIn(/ status_code=(\d+)/, rest) ?? "?"}` }),
  // WPA3 tells by its second step, in which both sides show that they know the password [IEEE 802.11-2020, 12.4.5.6].
  "AUTH-REJECT": (rest) =>
    / auth_type=3 auth_transaction=2 /.test(rest)
      ? { kind: "password", network: undefined }
      : { kind: "refused", reason: `authentication status ${numberIn(/ status_code=(\d+)/, rest) ?? "?"}` },
};

function numberIn(pattern: RegExp, text: string): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
