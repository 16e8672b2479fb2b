import { type FileHandle, open } from "node:fs/promises";
import { inflateRawSync } from "node:zlib";

const MAGIC = 0x514649fb; // "QFI\xfb"
const OFFSET = 0x00ff_ffff_ffff_fe00n;
const COMPRESSED = 1n << 62n;
const ZEROS = 1n;

/**
 * Writes the disk in a qcow2 file as a raw, sparse file. What QEMU calls backing files, encryption, external data and
 * subclusters is refused; see "docs/interop/qcow2.rst" in QEMU's sources.
 *
 *     header ── L1 table ──▶ L2 tables ──▶ clusters (plain, or raw deflate)
 */
export async function unpackQcow2(file: string, raw: string): Promise<void> {
  await using image = await open(file);
  const header = await bytesAt(image, 0, 104);
  if (header.readUInt32BE(0) !== MAGIC) throw new Error(`${file} is no qcow2 image`);
  const incompatible = header.readUInt32BE(4) >= 3 ? header.readBigUInt64BE(72) & ~1n : 0n; // bit 0: not closed cleanly
  if (header.readBigUInt64BE(8) !== 0n || header.readUInt32BE(32) !== 0 || incompatible !== 0n)
    throw new Error(`${file} has a backing file, is encrypted or uses features that are not read here`);
  const bits = header.readUInt32BE(20);
  const cluster = 2 ** bits;
  const l1 = await bytesAt(image, Number(header.readBigUInt64BE(40)), header.readUInt32BE(36) * 8);
  await using disk = await open(raw, "w");
  await disk.truncate(Number(header.readBigUInt64BE(24)));
  const perTable = cluster / 8;
  for (let i = 0; i < l1.length / 8; i++) {
    const table = Number(l1.readBigUInt64BE(i * 8) & OFFSET);
    if (table === 0) continue;
    const l2 = await bytesAt(image, table, cluster);
    for (let j = 0; j < perTable; j++) {
      const entry = l2.readBigUInt64BE(j * 8);
      const content = await clusterOf(image, entry, bits);
      if (content) await disk.write(content, 0, content.length, (i * perTable + j) * cluster);
    }
  }
}

async function clusterOf(image: FileHandle, entry: bigint, bits: number): Promise<Buffer | undefined> {
  const cluster = 2 ** bits;
  if (entry & COMPRESSED) {
    const offsetBits = BigInt(62 - (bits - 8));
    const offset = Number(entry & ((1n << offsetBits) - 1n));
    const sectors = Number((entry & (COMPRESSED - 1n)) >> offsetBits) + 1;
    const packed = await bytesAt(image, offset, sectors * 512 - (offset % 512), true);
    // The last sector is shared with the next cluster; what follows the stream's end is not ours.
    return inflateRawSync(packed, { maxOutputLength: cluster });
  }
  const offset = Number(entry & OFFSET);
  return offset === 0 || entry & ZEROS ? undefined : bytesAt(image, offset, cluster);
}

async function bytesAt(image: FileHandle, position: number, length: number, short = false): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await image.read(buffer, 0, length, position);
  if (bytesRead < length && !short) throw new Error(`the image ends before byte ${position + length}`);
  return buffer.subarray(0, bytesRead);
}
