import { isIPv4, isIPv6 } from "node:net";
import type { InterfaceSettings, NetworkSettings } from "../../../contract/index.ts";
import type { Link } from "../../network.ts";
import type { Lease } from "./lease.ts";
import type { LinkState } from "./link-state.ts";

/** Arguments of `ip`. */
export type IpCommand = readonly string[];

/** What is done with an interface before anybody answers. */
export interface LinkPlan {
  readonly commands: readonly IpCommand[];
  readonly dhcp: boolean;
}

/** Routes of the lowest metric win: those of cables, in the order of the interfaces, and then those of Wi-Fi. */
const METRIC = { cable: 100, wireless: 600 } as const;

/** What the document says about a link, by its name or its MAC. A cable needs nothing said; Wi-Fi needs a network to join. */
export function settingsOf({ interfaces = {}, wifi }: NetworkSettings, { name, mac, wireless }: Link): InterfaceSettings {
  const wanted = !wireless || Object.keys(wifi?.networks ?? {}).length > 0;
  return interfaces[mac] ?? interfaces[name] ?? { enabled: wanted };
}

/**
 * Settings of the kernel's for a link, below /proc/sys/net, which a kernel may not have [ip-sysctl.rst]: routes of a cable that is
 * pulled, or of Wi-Fi that is out of reach, are no way; routers that announce themselves are asked by Wi-Fi last.
 */
export function kernelSettings({ name, wireless }: Link): Readonly<Record<string, string>> {
  const dead = (family: string) => `${family}/conf/${name}/ignore_routes_with_linkdown`;
  return {
    [dead("ipv4")]: "1",
    [dead("ipv6")]: "1",
    ...(wireless && { [`ipv6/conf/${name}/ra_defrtr_metric`]: "2048" }),
  };
}

/** Interfaces that the document names and the machine has not. */
export function missingInterfaces({ interfaces = {} }: NetworkSettings, links: readonly Link[]): string[] {
  return Object.keys(interfaces).filter((key) => !links.some(({ name, mac }) => key === name || key === mac));
}

/** `order`: 0 for the first interface. `mac`: in place of one that the kernel made up. */
export function planLink(link: Link, settings: InterfaceSettings, order: number, mac: string): LinkPlan {
  const { name, invented } = link;
  const { enabled = true, addresses = [], dhcp = addresses.length === 0, gateway } = settings;
  const down = ["link", "set", "dev", name, "down"];
  if (!enabled) return { commands: [down], dhcp: false };
  const commands = [
    ["addr", "flush", "dev", name, "scope", "global"],
    ...(invented ? [down, ["link", "set", "dev", name, "address", mac]] : []),
    ["link", "set", "dev", name, "up"],
    ...addresses.map((address) => ["addr", "add", address, "dev", name]),
    ...(gateway === undefined ? [] : [route(gateway, link, order)]),
  ];
  return { commands, dhcp };
}

/** Whether all that `planLink` wants is so already: PID 1 did it, or the settings are those from before. */
export function isInPlace(link: Link, settings: InterfaceSettings, order: number, { up, addresses, routes }: LinkState): boolean {
  const { enabled = true, addresses: wanted = [], gateway } = settings;
  if (!enabled) return !up;
  const same = wanted.length === addresses.length && wanted.every((address) => addresses.includes(address));
  const way = gateway === undefined ? [] : [{ gateway, metric: metricOf(link, order) }];
  return up && !link.invented && same && JSON.stringify(routes) === JSON.stringify(way);
}

/**
 * The line of what PID 1 does with a link at the next start (kernel/init/network.h); undefined where it leaves it alone. It knows one
 * address of IPv4: of a link with more of them it sets none.
 */
export function startLine(link: Link, settings: InterfaceSettings, order: number): string | undefined {
  const { enabled = true, addresses = [], dhcp = false, gateway } = settings;
  if (!enabled || link.wireless || link.invented) return undefined;
  const [address = "", length = "-"] = addresses.length === 1 && !dhcp ? (addresses[0] ?? "").split("/") : [];
  const four = isIPv4(address) && (gateway === undefined || isIPv4(gateway));
  const set = four ? [address, length, gateway ?? "-"] : ["-", "-", "-"];
  return [link.name, link.mac, ...set, metricOf(link, order)].join(" ");
}

/** From one lease to the next one, or to none. */
export function planLease(link: Link, before: Lease | undefined, after: Lease | undefined, order: number): IpCommand[] {
  const { name } = link;
  const moved = before?.address !== after?.address;
  return [
    ...(before && moved ? [["addr", "del", before.address, "dev", name]] : []),
    ...(after && moved ? [["addr", "add", after.address, "dev", name]] : []),
    ...(after?.gateway !== undefined && (moved || after.gateway !== before?.gateway) ? [route(after.gateway, link, order)] : []),
  ];
}

function metricOf({ wireless }: Link, order: number): number {
  return METRIC[wireless ? "wireless" : "cable"] + order;
}

function route(gateway: string, link: Link, order: number): IpCommand {
  const family = isIPv6(gateway) ? ["-6"] : [];
  return [...family, "route", "replace", "default", "via", gateway, "dev", link.name, "metric", String(metricOf(link, order))];
}

/** The content of resolv.conf [resolv.conf(5)]. */
export function resolvConf(servers: readonly string[]): string {
  return [...new Set(servers)]
    .slice(0, 3)
    .map((server) => `nameserver ${server}\n`)
    .join("");
}
