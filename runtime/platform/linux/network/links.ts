import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Link, NetworkState } from "../../network.ts";

/** ARPHRD_ETHER [linux/if_arp.h] */
const ETHERNET = "1";
/** NET_ADDR_RANDOM [linux/netdevice.h] */
const RANDOM = "1";
/** A route of which the kernel says that it is up and has a gateway [linux/route.h: RTF_UP, RTF_GATEWAY]. */
const UP_GATEWAY = 0x3;

/** Ethernet and Wi-Fi hardware below `sys` (/sys/class/net): what has a device, whatever its bus, sorted by name. */
export async function readLinks(sys: string): Promise<Link[]> {
  const names = (await readdir(sys).catch(() => [])).sort();
  return (await Promise.all(names.map((name) => readLink(join(sys, name), name)))).filter((link) => link !== undefined);
}

async function readLink(folder: string, name: string): Promise<Link | undefined> {
  const read = async (file: string) => (await readFile(join(folder, file), "utf8").catch(() => "")).trim();
  const there = (file: string) => stat(join(folder, file)).then(Boolean, () => false);
  const [type, mac, kind, carrier] = await Promise.all(["type", "address", "addr_assign_type", "carrier"].map(read));
  if (type !== ETHERNET || !mac || !(await there("device"))) return undefined;
  return { name, mac, invented: kind === RANDOM, wireless: await there("phy80211"), carrier: carrier === "1" };
}

/** `proc`: /proc/net */
export async function readNetworkState(sys: string, proc: string): Promise<NetworkState> {
  const read = (file: string) => readFile(join(proc, file), "utf8").catch(() => "");
  const [links, four, six] = await Promise.all([readLinks(sys), read("route"), read("ipv6_route")]);
  return { links, defaultRoute: hasDefaultRoute(four) || hasDefaultRoute6(six) };
}

/** /proc/net/route: "eth0 00000000 0102A8C0 0003 …": destination, gateway and flags in hexadecimal. */
export function hasDefaultRoute(text: string): boolean {
  return text.split("\n").some((line) => {
    const [, destination, , flags = "0"] = line.split(/\s+/);
    return destination === "00000000" && (Number.parseInt(flags, 16) & UP_GATEWAY) === UP_GATEWAY;
  });
}

/** /proc/net/ipv6_route: destination, its prefix length, source, its length, gateway, metric, two counters, flags, interface. */
export function hasDefaultRoute6(text: string): boolean {
  return text.split("\n").some((line) => {
    const [destination, length, , , , , , , flags = "0"] = line.split(/\s+/);
    return destination === "0".repeat(32) && length === "00" && (Number.parseInt(flags, 16) & UP_GATEWAY) === UP_GATEWAY;
  });
}
