import { readdir, readFile, realpath } from "node:fs/promises";
import { basename, join } from "node:path";

/** A whole disk of this machine. */
export interface Disk {
  /** "sdb" */
  readonly name: string;
  /** "/dev/sdb" */
  readonly path: string;
  /** What it says about itself: vendor, model, serial number; empty where it says nothing. */
  readonly model: string;
  readonly serial: string;
  /** Bytes. */
  readonly size: number;
  /** A card, or something on USB: not built in. */
  readonly removable: boolean;
  readonly readOnly: boolean;
  readonly uses: readonly DiskUse[];
}

/** Something that would break if the disk were written. */
export interface DiskUse {
  /** "sdb1" */
  readonly device: string;
  /** A mount point, or "swap". */
  readonly what: string;
}

export interface DiskPlaces {
  readonly sys: string;
  readonly proc: string;
  readonly dev: string;
}

const PLACES: DiskPlaces = { sys: "/sys", proc: "/proc", dev: "/dev" };
/** sysfs counts in these, whatever the disk's own sectors are [Documentation/ABI/stable/sysfs-block]. */
const SECTOR = 512;
/** Memory, and what is made of other disks. */
const VIRTUAL = /^(?:ram|zram|dm-|md|nbd|fd)\d/;

/** The disks of this machine, in order of their names; empty slots of card readers are none. */
export async function readDisks(places: DiskPlaces = PLACES): Promise<Disk[]> {
  const blocks = join(places.sys, "block");
  const uses = await readUses(places);
  const disks: Disk[] = [];
  for (const name of (await readdir(blocks).catch(() => [])).sort()) {
    const folder = join(blocks, name);
    const size = Number(await line(join(folder, "size"))) * SECTOR;
    if (VIRTUAL.test(name) || !(size > 0)) continue;
    const about = (key: string) => line(join(folder, "device", key));
    const device = await realpath(join(folder, "device")).catch(() => "");
    disks.push({
      name,
      path: join(places.dev, name),
      // A card has a name, everything else vendor and model.
      model: [await about("vendor"), (await about("model")) || (await about("name"))].filter(Boolean).join(" "),
      serial: (await about("serial")) || (await line(join(folder, "serial"))),
      size,
      removable: (await line(join(folder, "removable"))) === "1" || /\/usb\d/.test(device) || (await about("type")) === "SD",
      readOnly: (await line(join(folder, "ro"))) === "1",
      uses: await usesOf(name, places, uses),
    });
  }
  return disks;
}

/** Mount points and swap, by the name of the block device below them. */
async function readUses({ proc, dev, sys }: DiskPlaces): Promise<ReadonlyMap<string, readonly string[]>> {
  const uses = new Map<string, string[]>();
  const add = (device: string, what: string) => uses.set(device, [...(uses.get(device) ?? []), what]);
  const names = new Map<string, string>();
  for (const name of await readdir(join(sys, "class/block")).catch(() => []))
    names.set(await line(join(sys, "class/block", name, "dev")), name);
  const deviceOf = async (path: string) => basename(await realpath(join(dev, path.replace(/^\/dev\//, ""))).catch(() => path));
  // proc(5): 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
  for (const text of (await line(join(proc, "self/mountinfo"))).split("\n")) {
    const [before = "", after = ""] = text.split(" - ");
    const [, , number = "", , point = ""] = before.split(" ");
    const source = after.split(" ")[1] ?? "";
    const at = point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    // btrfs has numbers of its own; what it is mounted from says which disk that is
    const found = new Set([names.get(number), source.startsWith("/dev/") ? await deviceOf(source) : undefined]);
    for (const device of found) if (device !== undefined) add(device, at);
  }
  for (const text of (await line(join(proc, "swaps"))).split("\n").slice(1))
    if (text.startsWith("/dev/")) add(await deviceOf(text.split(/\s/)[0] as string), "swap");
  return uses;
}

/** Of a disk, its partitions, and whatever is made of those: volumes, arrays, encrypted disks. */
async function usesOf(name: string, places: DiskPlaces, uses: ReadonlyMap<string, readonly string[]>): Promise<DiskUse[]> {
  const seen = new Set<string>();
  const found: DiskUse[] = [];
  const visit = async (device: string): Promise<void> => {
    if (seen.has(device)) return;
    seen.add(device);
    for (const what of uses.get(device) ?? []) found.push({ device, what });
    const folder = join(places.sys, "class/block", device);
    const entries = await readdir(folder).catch(() => []);
    for (const entry of entries.filter((each) => each.startsWith(device))) await visit(entry);
    for (const holder of await readdir(join(folder, "holders")).catch(() => [])) {
      const before = found.length;
      await visit(holder);
      if (found.length === before) found.push({ device, what: holder });
    }
  };
  await visit(name);
  return found;
}

async function line(path: string): Promise<string> {
  return (await readFile(path, "utf8").catch(() => "")).trim();
}
