import { crc32 } from "node:zlib";
/** A disk's partition table [UEFI 2.10, 5.3], with sectors of 512 bytes. */
export interface Gpt {
  readonly disk: Guid;
  readonly partitions: readonly GptPartition[];
}

export interface GptPartition {
  /** What it is for, and which one it is. */
  readonly type: Guid;
  readonly id: Guid;
  /** Sectors, the last included. */
  readonly first: number;
  readonly last: number;
  readonly attributes: bigint;
  readonly name: string;
}

/** As it lies on the disk. */
export type Guid = Uint8Array;

export const GPT_SECTOR = 512;
const SECTOR = GPT_SECTOR;
/** A table lies in front of this, and partitions behind. */
export const GPT_HEAD_BYTES = 1024 * 1024;
const ENTRIES = 128;
const ENTRY_BYTES = 128;
const ENTRIES_SECTORS = (ENTRIES * ENTRY_BYTES) / SECTOR;
const HEADER_BYTES = 92;
const REVISION = 0x00010000;
const FIRST_USABLE = GPT_HEAD_BYTES / SECTOR;

/** Reads the table in the first MiB of a disk; undefined where there is none, or one whose checksums don't fit. */
export function parseGpt(head: Buffer): Gpt | undefined {
  if (head.length < SECTOR + HEADER_BYTES) return undefined;
  const header = Buffer.from(head.subarray(SECTOR, SECTOR + HEADER_BYTES));
  const sum = header.readUInt32LE(16);
  header.writeUInt32LE(0, 16);
  if (header.toString("latin1", 0, 8) !== "EFI PART" || header.readUInt32LE(12) !== HEADER_BYTES || crc32(header) !== sum)
    return undefined;
  const [at, count, size] = [Number(header.readBigUInt64LE(72)) * SECTOR, header.readUInt32LE(80), header.readUInt32LE(84)];
  if (count !== ENTRIES || size !== ENTRY_BYTES || at + count * size > head.length) return undefined;
  const entries = head.subarray(at, at + count * size);
  if (crc32(entries) !== header.readUInt32LE(88)) return undefined;
  const partitions = Array.from({ length: count }, (_, i) => entries.subarray(i * size, (i + 1) * size))
    .filter((entry) => entry.subarray(0, 16).some((byte) => byte !== 0))
    .map((entry) => ({
      type: Uint8Array.from(entry.subarray(0, 16)),
      id: Uint8Array.from(entry.subarray(16, 32)),
      first: Number(entry.readBigUInt64LE(32)),
      last: Number(entry.readBigUInt64LE(40)),
      attributes: entry.readBigUInt64LE(48),
      name: entry.toString("utf16le", 56, 128).replace(/\0.*$/s, ""),
    }));
  return { disk: Uint8Array.from(header.subarray(56, 72)), partitions };
}

/**
 * The table as it lies at both ends of a disk of so many sectors:
 *
 *     head: │ protective MBR │ header │ entries │ zeros to 1 MiB │        tail: │ entries │ header │
 */
export function encodeGpt({ disk, partitions }: Gpt, sectors: number): { readonly head: Buffer; readonly tail: Buffer } {
  const entries = Buffer.alloc(ENTRIES_SECTORS * SECTOR);
  for (const [i, { type, id, first, last, attributes, name }] of partitions.entries()) {
    const entry = entries.subarray(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES);
    entry.set(type, 0);
    entry.set(id, 16);
    entry.writeBigUInt64LE(BigInt(first), 32);
    entry.writeBigUInt64LE(BigInt(last), 40);
    entry.writeBigUInt64LE(attributes, 48);
    entry.write(name, 56, 72, "utf16le");
  }
  const end = sectors - 1;
  const header = (at: number, other: number, entriesAt: number) => {
    const bytes = Buffer.alloc(SECTOR);
    bytes.write("EFI PART", 0, "latin1");
    bytes.writeUInt32LE(REVISION, 8);
    bytes.writeUInt32LE(HEADER_BYTES, 12);
    bytes.writeBigUInt64LE(BigInt(at), 24);
    bytes.writeBigUInt64LE(BigInt(other), 32);
    bytes.writeBigUInt64LE(BigInt(FIRST_USABLE), 40);
    bytes.writeBigUInt64LE(BigInt(end - ENTRIES_SECTORS - 1), 48);
    bytes.set(disk, 56);
    bytes.writeBigUInt64LE(BigInt(entriesAt), 72);
    bytes.writeUInt32LE(ENTRIES, 80);
    bytes.writeUInt32LE(ENTRY_BYTES, 84);
    bytes.writeUInt32LE(crc32(entries), 88);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_BYTES)), 16);
    return bytes;
  };
  const head = Buffer.alloc(GPT_HEAD_BYTES);
  // One partition of a type that older programs leave alone [UEFI 2.10, 5.2.3].
  head.set([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff], 446);
  head.writeUInt32LE(1, 454);
  head.writeUInt32LE(Math.min(end, 0xffffffff), 458);
  head.writeUInt16LE(0xaa55, 510);
  head.set(header(1, end, 2), SECTOR);
  head.set(entries, 2 * SECTOR);
  return { head, tail: Buffer.concat([entries, header(end, 1, end - ENTRIES_SECTORS)]) };
}
