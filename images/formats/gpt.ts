import { open } from "node:fs/promises";
import { GPT_HEAD_BYTES, GPT_SECTOR, parseGpt } from "../../runtime/platform/index.ts";

/** A partition of a disk image, in bytes. */
export interface PartitionPlace {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** The partitions of a disk with a GPT. */
export async function readGpt(disk: string): Promise<PartitionPlace[]> {
  await using file = await open(disk, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(GPT_HEAD_BYTES), 0, GPT_HEAD_BYTES, 0);
  const table = parseGpt(buffer.subarray(0, bytesRead));
  if (!table) throw new Error(`${disk} has no GPT`);
  return table.partitions.map(({ name, first, last }) => ({
    name,
    offset: first * GPT_SECTOR,
    size: (last + 1 - first) * GPT_SECTOR,
  }));
}
