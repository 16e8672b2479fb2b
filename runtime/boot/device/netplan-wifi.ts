import { type WifiNetworks, type WifiSecurity, type WifiSettings, wifiFault } from "../../contract/index.ts";
import { type Fields, fields } from "./fields.ts";

/** netplan's names of how a network is joined; what is not here is not done. */
const SECURITY: ReadonlyMap<string, WifiSecurity> = new Map([
  ["none", "open"],
  ["psk", "wpa2-wpa3"],
  ["psk-sha256", "wpa2"],
  ["sae", "wpa3"],
]);
const AP_KEYS = ["password", "hidden", "auth"];

/**
 * The networks of all wireless interfaces [netplan.readthedocs.io, wifis]. A network of which something decisive can't be honoured is
 * left out with a note, so that nothing that was to be protected is joined in another way.
 */
export function wifiFrom(wifis: Fields, notes: string[]): WifiNetworks | undefined {
  const links = Object.entries(wifis).map(([id, value]) => [id, fields(value)] as const);
  if (links.length === 0) return undefined;
  const countries = [...new Set(links.map(([, link]) => link["regulatory-domain"]).filter((one) => typeof one === "string"))];
  const networks = new Map<string, WifiSettings>();
  for (const [id, link] of links)
    for (const [ssid, value] of Object.entries(fields(link["access-points"]))) {
      if (networks.has(ssid)) notes.push(`network-config: network ${ssid} of ${id} is there already, and all interfaces join it`);
      const settings = networks.has(ssid) ? undefined : accessPointFrom(ssid, fields(value), notes);
      if (settings) networks.set(ssid, settings);
    }
  const country = countries.map((one) => one.toUpperCase()).find((one) => /^[A-Z]{2}$/.test(one));
  if (countries.length > 1) notes.push(`network-config: of several regulatory domains ${country} is taken`);
  if (country === undefined && countries.length > 0)
    notes.push(`network-config: regulatory-domain ${countries[0]} is no country`);
  return { ...(country !== undefined && { country }), networks: Object.fromEntries(networks) };
}

function accessPointFrom(ssid: string, { auth, password, hidden, ...others }: Fields, notes: string[]): WifiSettings | undefined {
  const leave = (why: string): undefined => void notes.push(`network-config: network ${ssid} is left out: ${why}`);
  if (others.mode !== undefined && others.mode !== "infrastructure") return leave(`mode ${others.mode} is not done here`);
  for (const key of Object.keys(others))
    if (!AP_KEYS.includes(key) && key !== "mode") notes.push(`network-config: ${key} of network ${ssid} is not known here`);
  const { "key-management": kind, password: secret = password, ...more } = fields(auth);
  if (secret !== undefined && typeof secret !== "string") return leave("its password is no text; put it between quotes");
  if (auth !== undefined && kind === undefined && secret === undefined)
    return leave("its auth has neither key-management nor password");
  const security = kind === undefined ? undefined : SECURITY.get(String(kind));
  if (kind !== undefined && security === undefined)
    return leave(`key-management ${kind} is not done here, only ${[...SECURITY.keys()].join(", ")}`);
  // Certificates, identities: without them it would be another network than was meant.
  const unknown = Object.keys(more);
  if (unknown.length > 0) return leave(`${unknown.join(", ")} of its auth is not known here`);
  const settings: WifiSettings = {
    ...(secret !== undefined && { password: secret }),
    // What follows from the password need not be said
    ...(security !== undefined && security !== "wpa2-wpa3" && !(security === "open" && secret === undefined) && { security }),
    ...(hidden === true && { hidden }),
  };
  if (security !== undefined && security !== "open" && secret === undefined)
    return leave(`key-management ${kind} needs a password`);
  const fault = wifiFault(ssid, settings);
  return fault === undefined ? settings : leave(fault);
}
