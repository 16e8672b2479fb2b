import { readdir, readFile, readlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface PartitionPlaces {
  /** /sys/class/block */
  readonly blocks: string;
  /** /proc/mounts */
  readonly mounts: string;
  /** /dev */
  readonly devices: string;
}

export const PARTITION_PLACES: PartitionPlaces = { blocks: "/sys/class/block", mounts: "/proc/mounts", devices: "/dev" };

/**
 * The device file of each named partition (PARTLABEL of the GPT), all on the disk that `mountPoint` is on: a card and the disk that
 * it was copied to have the same names. Without that mount nothing is found; a name that isn't there is left out.
 */
export async function findPartitions(
  labels: readonly string[],
  mountPoint: string,
  { blocks, mounts, devices }: PartitionPlaces = PARTITION_PLACES,
): Promise<ReadonlyMap<string, string>> {
  const lines = (await readFile(mounts, "utf8").catch(() => "")).split("\n").map((line) => line.split(" "));
  const mounted = lines.find(([, point]) => point === mountPoint)?.[0];
  const disk = mounted && (await diskOf(blocks, basename(mounted)));
  const found = new Map<string, string>();
  if (disk === undefined) return found;
  for (const name of await readdir(blocks).catch(() => [])) {
    const uevent = await readFile(join(blocks, name, "uevent"), "utf8").catch(() => "");
    const label = /^PARTNAME=(.*)$/m.exec(uevent)?.[1];
    const device = /^DEVNAME=(.*)$/m.exec(uevent)?.[1];
    if (!label || !device || !labels.includes(label)) continue;
    if ((await diskOf(blocks, name)) === disk) found.set(label, join(devices, device));
  }
  return found;
}

/** sysfs has a partition's folder below its disk's: …/block/vda/vda2. */
async function diskOf(blocks: string, name: string): Promise<string | undefined> {
  const link = await readlink(join(blocks, name)).catch(() => undefined);
  return link && basename(dirname(link));
}
