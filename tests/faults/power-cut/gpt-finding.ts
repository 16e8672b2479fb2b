import { crc32 } from "node:zlib";
import type { PartitionPlace } from "../../../images/formats/gpt.ts";

const SECTOR = 512;
/** Entries end before this, and partitions begin there. */
export const TABLE_BYTES = 1024 * 1024;

/**
 * The partitions by the table at the card's start, as Linux reads it [UEFI 2.10, 5.3]: without `gpt` on its command line it does not look
 * for the copy at the end. Throws where it would find none. `start`: the card's first TABLE_BYTES.
 */
export function partitionsOf(start: Buffer): PartitionPlace[] {
  const header = Buffer.from(start.subarray(SECTOR, 2 * SECTOR));
  if (start.readUInt16LE(510) !== 0xaa55 || start[450] !== 0xee) throw new Error("there is no protective MBR");
  if (header.toString("latin1", 0, 8) !== "EFI PART") throw new Error("there is no header of a GPT");
  const [size, crc] = [header.readUInt32LE(12), header.readUInt32LE(16)];
  header.writeUInt32LE(0, 16);
  if (size > SECTOR || crc32(header.subarray(0, size)) !== crc) throw new Error("the checksum of the GPT's header is wrong");
  const at = Number(header.readBigUInt64LE(72)) * SECTOR;
  const [count, length] = [header.readUInt32LE(80), header.readUInt32LE(84)];
  const entries = start.subarray(at, at + count * length);
  if (entries.length < count * length || crc32(entries) !== header.readUInt32LE(88))
    throw new Error("the checksum of the GPT's entries is wrong");
  return Array.from({ length: count }, (_, i) => entries.subarray(i * length, (i + 1) * length))
    .filter((entry) => entry.subarray(0, 16).some((byte) => byte !== 0))
    .map((entry) => {
      const [first, last] = [Number(entry.readBigUInt64LE(32)), Number(entry.readBigUInt64LE(40))];
      const name = entry.toString("utf16le", 56, 128).replace(/\0.*$/s, "");
      return { name, offset: first * SECTOR, size: (last + 1 - first) * SECTOR };
    });
}
