import { open } from "node:fs/promises";

/** A partition of a disk image, in bytes. */
export interface PartitionPlace {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

const SECTOR = 512;

/** The partitions of a GPT disk (UEFI specification 2.10, 5.3); the header's checksums are not looked at. */
export async function readGpt(disk: string): Promise<PartitionPlace[]> {
  await using file = await open(disk, "r");
  const read = async (at: number, length: number) => (await file.read(Buffer.alloc(length), 0, length, at)).buffer;
  const header = await read(SECTOR, 92);
  if (header.toString("latin1", 0, 8) !== "EFI PART") throw new Error(`${disk} has no GPT`);
  const [at, count, size] = [Number(header.readBigUInt64LE(72)), header.readUInt32LE(80), header.readUInt32LE(84)];
  if (count > 128 || size !== 128) throw new Error(`${disk} has a GPT of another form`);
  const entries = await read(at * SECTOR, count * size);
  return Array.from({ length: count }, (_, i) => entries.subarray(i * size, (i + 1) * size))
    .filter((entry) => entry.subarray(0, 16).some((byte) => byte !== 0))
    .map((entry) => {
      const [first, last] = [Number(entry.readBigUInt64LE(32)), Number(entry.readBigUInt64LE(40))];
      const name = entry.toString("utf16le", 56, 128).replace(/\0.*$/s, "");
      return { name, offset: first * SECTOR, size: (last + 1 - first) * SECTOR };
    });
}
