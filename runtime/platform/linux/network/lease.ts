import { isIPv4 } from "node:net";
import { StepppsError } from "../../../contract/errors/index.ts";

/** What a DHCP server gave an interface. */
export interface Lease {
  /** "192.168.1.20/24" */
  readonly address: string;
  readonly gateway?: string;
  readonly dns: readonly string[];
}

const DNS_MAX = 3;
const BYTES_MAX = 4096;
/** Of what udhcpc calls its script with, those after which there is an address [busybox, udhcpc]. */
const GIVEN = ["bound", "renew"];

/**
 * What is in a file that `tell` wrote, `name=value` a line; undefined where the interface has nothing. Whoever answers first on a
 * network is its DHCP server: nothing but addresses is taken from it. Throws E_NETWORK_LEASE.
 */
export function parseLease(text: string): Lease | undefined {
  const values = readTold(text);
  if (!GIVEN.includes(values.event ?? "")) return undefined;
  const { ip = "", mask = "", router = "", dns = "" } = values;
  const length = Number(mask);
  if (!isIPv4(ip) || !/^\d{1,2}$/.test(mask) || length > 32)
    throw new StepppsError("E_NETWORK_LEASE", `${ip}/${mask}`.slice(0, 60));
  const gateway = addresses(router)[0];
  return { address: `${ip}/${length}`, ...(gateway !== undefined && { gateway }), dns: addresses(dns).slice(0, DNS_MAX) };
}

/** The values that `tell` wrote, by name. */
export function readTold(text: string): Readonly<Record<string, string>> {
  const lines = text.slice(0, BYTES_MAX).split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const match = /^([a-z]+)=(.*)$/.exec(line);
      return match ? [[match[1], match[2]]] : [];
    }),
  );
}

function addresses(list: string): string[] {
  return list.split(/\s+/).filter((one) => isIPv4(one));
}
