import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { isWifiKey, type WifiNetworks, type WifiSettings, wifiFault, wifiSecurity } from "../../../contract/index.ts";

/** [IEEE 802.11-2020, J.4.1]: PBKDF2 with HMAC-SHA1, the SSID for its salt. */
const ROUNDS = 4096;
const KEY_BYTES = 32;

/** What a network's block holds; names and values as wpa_supplicant.conf(5) has them. */
type Block = Readonly<Record<string, string | number>>;

/** Those networks that a driver can be asked for, in the order in which wpa_supplicant numbers them. */
export function usableNetworks({ networks = {} }: WifiNetworks): [ssid: string, settings: WifiSettings][] {
  return Object.entries(networks).filter(([ssid, settings]) => wifiFault(ssid, settings) === undefined);
}

/**
 * wpa_supplicant's configuration. Names and passwords are written in hexadecimal: whatever they hold, nothing of it is taken for
 * another line. A password that only WPA2 uses is there as the key that is made of it; WPA3 needs the password itself.
 */
export async function supplicantConf(wifi: WifiNetworks): Promise<string> {
  const blocks = await Promise.all(usableNetworks(wifi).map(([ssid, settings]) => networkBlock(ssid, settings)));
  const lines = [
    "update_config=0",
    ...(wifi.country === undefined ? [] : [`country=${wifi.country}`]),
    "sae_pwe=2", // both ways of WPA3 to begin: H2E, and the older one
    ...blocks.flatMap((block) => ["network={", ...Object.entries(block).map(([key, value]) => `  ${key}=${value}`), "}"]),
  ];
  return `${lines.join("\n")}\n`;
}

async function networkBlock(ssid: string, settings: WifiSettings): Promise<Block> {
  const { hidden = false, priority = 0 } = settings;
  const named = { ssid: hex(ssid), ...(hidden && { scan_ssid: 1 }), ...(priority > 0 && { priority }) };
  return { ...named, ...(await credentials(ssid, settings)) };
}

async function credentials(ssid: string, settings: WifiSettings): Promise<Block> {
  const { password = "" } = settings;
  const security = wifiSecurity(settings);
  const rsn = { proto: "RSN", pairwise: "CCMP" };
  if (security === "open") return { key_mgmt: "NONE" };
  const sae = { sae_password: hex(password) };
  if (security === "wpa3") return { ...rsn, key_mgmt: "SAE", ...sae, ieee80211w: 2 };
  const both = security === "wpa2-wpa3" && !isWifiKey(password);
  const psk = isWifiKey(password) ? password.toLowerCase() : await keyOf(password, ssid);
  // Frames that manage the connection are protected where the access point can.
  return { ...rsn, key_mgmt: `WPA-PSK WPA-PSK-SHA256${both ? " SAE" : ""}`, psk, ...(both && sae), ieee80211w: 1 };
}

async function keyOf(password: string, ssid: string): Promise<string> {
  return (await promisify(pbkdf2)(password, ssid, ROUNDS, KEY_BYTES, "sha1")).toString("hex");
}

function hex(text: string): string {
  return Buffer.from(text).toString("hex");
}
