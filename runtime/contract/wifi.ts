import { utf8 } from "./bytes.ts";
import type { WifiSettings } from "./document.ts";

/** How a network is joined; "wpa2-wpa3": as the access point likes. */
export type WifiSecurity = NonNullable<WifiSettings["security"]>;

/** Octets of an SSID [IEEE 802.11-2020, 9.4.2.2]. */
const SSID_BYTES = 32;
/** The 256 bits that WPA2 makes of a password and the SSID, as hexadecimal digits [IEEE 802.11-2020, J.4]. */
const KEY = /^[0-9a-fA-F]{64}$/;
/** What WPA2 makes them of [IEEE 802.11-2020, J.4.1]. */
const PASSPHRASE = /^[\x20-\x7e]{8,63}$/;

export function wifiSecurity({ password, security }: WifiSettings): WifiSecurity {
  return security ?? (password === undefined ? "open" : isWifiKey(password) ? "wpa2" : "wpa2-wpa3");
}

/** Whether a password is the key itself, which WPA3 has no use for. */
export function isWifiKey(password: string): boolean {
  return KEY.test(password);
}

/** What is wrong with a network, and what to do about it; never holds the password. */
export function wifiFault(ssid: string, settings: WifiSettings): string | undefined {
  const { password } = settings;
  const bytes = utf8(ssid).length;
  if (bytes > SSID_BYTES) return `its name has ${bytes} bytes as UTF-8, and ${SSID_BYTES} is the most`;
  const security = wifiSecurity(settings);
  if (security === "open") return password === undefined ? undefined : "open networks have no password: take one of the two out";
  if (password === undefined) return `${security} needs a password`;
  if ([...password].some((character) => character < " " || character === "\x7f"))
    return "its password has a control character in it";
  if (security === "wpa3" || isWifiKey(password) || PASSPHRASE.test(password)) return undefined;
  return "a password of WPA2 has 8 to 63 plain ASCII characters, or 64 hexadecimal digits; for another one say 'security: wpa3'";
}
