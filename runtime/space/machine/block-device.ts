import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The disk that a folder's data ends up on. */
export interface Disk {
  /** As in /sys/block: "mmcblk0". */
  readonly name: string;
  /** Bytes written to it since the machine started, by everyone; undefined when it is gone. */
  written(): Promise<number | undefined>;
}

/** Documentation/block/stat.rst: fields are separated by blanks; the 7th counts sectors of 512 bytes that were written. */
const WRITTEN_FIELD = 6;
const SECTOR_BYTES = 512;
/** A disk of a disk of a disk, as in encryption over LVM over a partition. */
const MAX_STACK = 8;

/**
 * Finds the whole disk under `path`: from a partition up to its disk, from an encrypted or logical volume down to what it lies on
 * where that is one device. Undefined where the file system is not on a block device (tmpfs, overlay, network).
 */
export async function findDisk(path: string, sys = "/sys", mounts = "/proc/self/mountinfo"): Promise<Disk | undefined> {
  const device = (await stat(path).catch(() => undefined))?.dev;
  const named = device === undefined ? undefined : await blockDevice(device, mounts);
  let node = named && (await realpath(join(sys, "dev/block", named)).catch(() => undefined));
  for (let depth = 0; node !== undefined && depth < MAX_STACK; depth++) {
    const below = await standsOn(node, sys);
    if (below === undefined) return { name: basename(node), written: () => readWritten(node as string) };
    node = below;
  }
  return undefined;
}

/** "254:1". A file system with a number of its own (btrfs) names its device in the list of mounts. */
async function blockDevice(device: number, mounts: string): Promise<string | undefined> {
  if (majorOf(device) !== 0) return nameOf(device);
  const lines = (await readFile(mounts, "utf8").catch(() => "")).split("\n");
  const source = lines
    .find((line) => line.split(" ")[2] === nameOf(device))
    ?.split(" - ")[1]
    ?.split(" ")[1];
  const rdev = source?.startsWith("/dev/") ? (await stat(source).catch(() => undefined))?.rdev : undefined;
  return rdev === undefined ? undefined : nameOf(rdev);
}

/** What a device of /sys is a part of, or lies on. */
async function standsOn(node: string, sys: string): Promise<string | undefined> {
  if (await exists(join(node, "partition"))) return dirname(node);
  const slaves = await readdir(join(node, "slaves")).catch(() => []);
  // Over several disks only the volume itself knows what was written.
  return slaves.length === 1 ? realpath(join(sys, "class/block", slaves[0] as string)).catch(() => undefined) : undefined;
}

async function readWritten(node: string): Promise<number | undefined> {
  const fields = (await readFile(join(node, "stat"), "utf8").catch(() => "")).trim().split(/\s+/);
  const sectors = fields[WRITTEN_FIELD];
  return sectors !== undefined && /^\d{1,15}$/.test(sectors) ? Number(sectors) * SECTOR_BYTES : undefined;
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

// As the kernel packs them into st_dev: minor bits 0-7, major 8-19, minor's rest from 20 on (linux/kdev_t.h, new_encode_dev).
const majorOf = (device: number) => (device >>> 8) & 0xfff;
const minorOf = (device: number) => (device & 0xff) | ((device >>> 12) & 0xfff00);
const nameOf = (device: number) => `${majorOf(device)}:${minorOf(device)}`;
