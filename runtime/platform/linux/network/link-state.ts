import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

/** What the kernel has of an interface now. */
export interface LinkState {
  readonly up: boolean;
  /** IPv4: "192.168.1.20/24" */
  readonly addresses: readonly string[];
  /** Default routes of IPv4 through it. */
  readonly routes: readonly DefaultRoute[];
}

export interface DefaultRoute {
  readonly gateway: string;
  readonly metric: number;
}

/** IFF_UP [linux/if.h] */
const UP = 0x1;

/** `sys`: /sys/class/net; `routes`: /proc/net/route. What can't be read is not there. */
export async function readLinkState(sys: string, routes: string, name: string): Promise<LinkState> {
  const read = (path: string) => readFile(path, "utf8").catch(() => "");
  const [flags, table] = await Promise.all([read(join(sys, name, "flags")), read(routes)]);
  const addresses = networkInterfaces()[name]?.flatMap(({ cidr, address }) => (cidr !== null && isIPv4(address) ? [cidr] : []));
  return { up: (Number(flags) & UP) !== 0, addresses: addresses ?? [], routes: defaultRoutes(table, name) };
}

/** Lines of /proc/net/route: "eth0 00000000 0202000A 0003 0 0 100 00000000 …", addresses in the processor's order of bytes. */
export function defaultRoutes(table: string, name: string): DefaultRoute[] {
  return table.split("\n").flatMap((line) => {
    const [link, destination, gateway = "", , , , metric, mask] = line.split(/\s+/);
    if (link !== name || destination !== "00000000" || mask !== "00000000") return [];
    const bytes = gateway.match(/../g) ?? [];
    return [
      {
        gateway: bytes
          .reverse()
          .map((byte) => Number.parseInt(byte, 16))
          .join("."),
        metric: Number(metric),
      },
    ];
  });
}
