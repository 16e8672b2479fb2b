import { parse as parseYaml } from "yaml";
import { asStepppsError, type NetworkSettings, StepppsError } from "../../contract/index.ts";
import { type Fields, fields, list } from "./fields.ts";
import { wifiFrom } from "./netplan-wifi.ts";

/** What Raspberry Pi Imager's files ask for, in this device's words; what can't be done is said in `notes`. */
export interface Customisation {
  readonly name?: string;
  readonly timezone?: string;
  readonly network?: NetworkSettings;
  readonly notes: readonly string[];
}

/** Says nothing about the device that this system would do otherwise. */
const SILENT = ["manage_etc_hosts", "preserve_hostname", "keyboard", "locale", "ssh_deletekeys", "package_update", "growpart"];
const LINK_SILENT = ["optional", "set-name", "dhcp6", "accept-ra", "link-local", "match", "renderer"];

/**
 * Reads cloud-init's NoCloud files [cloudinit.readthedocs.io, NoCloud; netplan.readthedocs.io, version 2], as far as Imager writes
 * them. Throws E_DEVICE_CUSTOMISATION for what is no YAML.
 */
export function readCustomisation(userData: string | undefined, networkConfig: string | undefined): Customisation {
  const user = userFrom(readYaml("user-data", userData));
  const net = networkFrom(readYaml("network-config", networkConfig));
  return {
    ...user,
    ...(Object.keys(net.network).length > 0 && { network: net.network }),
    notes: [...user.notes, ...net.notes],
  };
}

function readYaml(name: string, text: string | undefined): Fields {
  try {
    return fields(parseYaml(text ?? "", { maxAliasCount: 10 }));
  } catch (cause) {
    const { message } = asStepppsError(cause, "E_DEVICE_CUSTOMISATION");
    throw new StepppsError("E_DEVICE_CUSTOMISATION", `${name}: ${message.split("\n")[0]}`, { cause });
  }
}

function userFrom(config: Fields) {
  const { hostname, fqdn, timezone, ...others } = config;
  const name = [hostname, fqdn].find((one) => typeof one === "string" && one !== "");
  const notes = Object.keys(others)
    .filter((key) => !SILENT.includes(key))
    .map((key) => `${key}: ${USER_NOTES[key] ?? "this system does not do that"}`);
  return {
    ...(typeof name === "string" && { name: deviceName(name) }),
    ...(typeof timezone === "string" && { timezone }),
    notes,
  };
}

const NO_LOGINS = "there are no logins on this device";
const NO_SSH = "there is no ssh server in this image; 'npx steppps' reaches the device over MQTT";
const USER_NOTES: Readonly<Record<string, string>> = {
  users: `${NO_LOGINS}, and ${NO_SSH}`,
  user: NO_LOGINS,
  password: NO_LOGINS,
  chpasswd: NO_LOGINS,
  ssh_authorized_keys: NO_SSH,
  ssh_pwauth: NO_SSH,
  enable_ssh: NO_SSH,
  runcmd: "this system runs plugins, no commands",
  bootcmd: "this system runs plugins, no commands",
  packages: "the system is read-only: nothing is installed into it",
  rpi: "interfaces are switched on by the board's config.txt",
};

/** As the document wants it: lower case, letters, digits and hyphens. */
function deviceName(name: string): string {
  const plain = (name.split(".")[0] as string).toLowerCase();
  return (
    plain
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 63) || "edge"
  );
}

function networkFrom(config: Fields) {
  const { version = 2, ethernets, wifis, renderer: _, ...others } = fields(config.network ?? config);
  if (version !== 2) return { network: {}, notes: [`network-config: version ${version} is not read, only version 2`] };
  const notes = Object.keys(others).map((key) => `network-config: ${key} is not known here`);
  const links = [
    ...Object.entries(fields(ethernets)).map(([id, value]) => linkFrom(id, fields(value), notes)),
    ...Object.entries(fields(wifis)).flatMap(([id, value]) => wirelessLinkFrom(id, fields(value), notes)),
  ];
  const wifi = wifiFrom(fields(wifis), notes);
  const dns = [...new Set(links.flatMap((link) => link.dns))].slice(0, 3);
  const network = {
    ...(links.length > 0 && { interfaces: Object.fromEntries(links.map(({ key, settings }) => [key, settings])) }),
    ...(dns.length > 0 && { dns }),
    ...(wifi && { wifi }),
  } as NetworkSettings;
  return { network, notes };
}

function linkFrom(id: string, link: Fields, notes: string[]) {
  const { dhcp4, addresses, gateway4, gateway6, routes, nameservers, ...others } = link;
  for (const key of Object.keys(others))
    if (!LINK_SILENT.includes(key)) notes.push(`network-config: ${key} of ${id} is not known here`);
  const match = fields(link.match);
  const key = typeof match.macaddress === "string" ? match.macaddress.toLowerCase() : String(match.name ?? id);
  const fixed = list(addresses).map((one) => (typeof one === "string" ? one : (Object.keys(fields(one))[0] ?? "")));
  const route = list(routes)
    .map(fields)
    .find(({ to }) => ["default", "0.0.0.0/0", "::/0"].includes(String(to)));
  const gateway = gateway4 ?? gateway6 ?? route?.via;
  return {
    key,
    dns: list(fields(nameservers).addresses).map(String),
    settings: {
      ...(dhcp4 !== undefined && { dhcp: dhcp4 === true || dhcp4 === "yes" }),
      ...(fixed.length > 0 && { addresses: fixed }),
      ...(gateway !== undefined && { gateway: String(gateway) }),
    },
  };
}

/** Addresses of a wireless interface; none where it asks for them by DHCP, which is what it does anyway. */
function wirelessLinkFrom(id: string, { "access-points": _, "regulatory-domain": __, ...link }: Fields, notes: string[]) {
  const found = linkFrom(id, link, notes);
  return found.settings.addresses || found.settings.dhcp === false || found.dns.length > 0 ? [found] : [];
}
