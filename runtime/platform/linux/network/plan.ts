import { isIPv6 } from "node:net";
import type { InterfaceSettings, NetworkSettings } from "../../../contract/index.ts";
import type { Link } from "../../network.ts";
import type { Lease } from "./lease.ts";

/** Arguments of `ip`. */
export type IpCommand = readonly string[];

/** What is done with an interface before anybody answers. */
export interface LinkPlan {
  readonly commands: readonly IpCommand[];
  readonly dhcp: boolean;
}

/** Routes of the first interface win, as they have the lowest metric. */
const METRIC = 100;

/** What the document says about a link, by its name or its MAC. A cable needs nothing said; Wi-Fi is left alone. */
export function settingsOf({ interfaces = {} }: NetworkSettings, { name, mac, wireless }: Link): InterfaceSettings {
  return interfaces[mac] ?? interfaces[name] ?? { enabled: !wireless };
}

/** Interfaces that the document names and the machine has not. */
export function missingInterfaces({ interfaces = {} }: NetworkSettings, links: readonly Link[]): string[] {
  return Object.keys(interfaces).filter((key) => !links.some(({ name, mac }) => key === name || key === mac));
}

/** `order`: 0 for the first interface. `mac`: in place of one that the kernel made up. */
export function planLink({ name, invented }: Link, settings: InterfaceSettings, order: number, mac: string): LinkPlan {
  const { enabled = true, addresses = [], dhcp = addresses.length === 0, gateway } = settings;
  const down = ["link", "set", "dev", name, "down"];
  if (!enabled) return { commands: [down], dhcp: false };
  const commands = [
    ["addr", "flush", "dev", name, "scope", "global"],
    ...(invented ? [down, ["link", "set", "dev", name, "address", mac]] : []),
    ["link", "set", "dev", name, "up"],
    ...addresses.map((address) => ["addr", "add", address, "dev", name]),
    ...(gateway === undefined ? [] : [route(gateway, name, order)]),
  ];
  return { commands, dhcp };
}

/** From one lease to the next one, or to none. */
export function planLease(name: string, before: Lease | undefined, after: Lease | undefined, order: number): IpCommand[] {
  const moved = before?.address !== after?.address;
  return [
    ...(before && moved ? [["addr", "del", before.address, "dev", name]] : []),
    ...(after && moved ? [["addr", "add", after.address, "dev", name]] : []),
    ...(after?.gateway !== undefined && (moved || after.gateway !== before?.gateway) ? [route(after.gateway, name, order)] : []),
  ];
}

function route(gateway: string, name: string, order: number): IpCommand {
  const family = isIPv6(gateway) ? ["-6"] : [];
  return [...family, "route", "replace", "default", "via", gateway, "dev", name, "metric", String(METRIC + order)];
}

/** The content of resolv.conf [resolv.conf(5)]. */
export function resolvConf(servers: readonly string[]): string {
  return [...new Set(servers)]
    .slice(0, 3)
    .map((server) => `nameserver ${server}\n`)
    .join("");
}
