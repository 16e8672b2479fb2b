import { open, stat, statfs } from "node:fs/promises";
import { compareVersions, type ImageManifest, otherSlot, StepppsError } from "../contract/index.ts";
import type { UpdatePorts } from "./ports.ts";

/** A boot partition is never filled to the brim: entries, settings and reports of the device need some. */
const BOOT_RESERVE_BYTES = 1024 * 1024;
const DATA_RESERVE_BYTES = 16 * 1024 * 1024;

/** Throws E_IMAGE_BOARD, E_IMAGE_MINIMUM, E_IMAGE_SIZE or E_DISK_FULL for an image that this device can't take. Nothing is written. */
export async function checkImage(manifest: ImageManifest, { facts, slot, boot, partitions, folder }: UpdatePorts): Promise<void> {
  const { board, minimum, parts } = manifest;
  if (board !== facts.board) throw new StepppsError("E_IMAGE_BOARD", `${board}, and this is ${facts.board}`);
  if (minimum !== undefined && compareVersions(facts.version, minimum) < 0) {
    throw new StepppsError("E_IMAGE_MINIMUM", `${minimum}, and ${facts.version} is at work`);
  }
  const target = otherSlot(slot);
  const root = parts.filter(({ name }) => name === "root").reduce((sum, { size }) => sum + size, 0);
  const others = parts.filter(({ name }) => name !== "root").reduce((sum, { size }) => sum + size, 0);
  const space = await sizeOf(partitions[target]);
  if (root > space) throw new StepppsError("E_IMAGE_SIZE", `its root has ${root} bytes, the slot ${space}`);
  const room = (await boot.room(target)) - BOOT_RESERVE_BYTES;
  if (others > room)
    throw new StepppsError("E_IMAGE_SIZE", `its kernel files have ${others} bytes, the boot partition room for ${room}`);
  const { bavail, bsize } = await statfs(folder.staged(""));
  if (others + DATA_RESERVE_BYTES > bavail * bsize) {
    throw new StepppsError(
      "E_DISK_FULL",
      `an update needs ${others + DATA_RESERVE_BYTES} bytes of the data partition, ${bavail * bsize} are free`,
    );
  }
}

/** Of a partition or a file; 0 where there is none. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isBlockDevice()) return found?.size ?? 0;
  // A block device's end is where a read finds nothing: no ioctl from here, and sysfs names partitions in another way
  await using device = await open(path, "r");
  let [low, high] = [0, 2 ** 43];
  const byte = Buffer.alloc(1);
  while (low < high) {
    const middle = Math.floor((low + high) / 2 / 512) * 512;
    if ((await device.read(byte, 0, 1, middle)).bytesRead === 1) low = middle + 512;
    else high = middle;
  }
  return low;
}
