import { open } from "node:fs/promises";

/** One thing that was asked of a disk. */
export interface LogEntry {
  readonly kind: "write" | "flush" | "discard";
  /** On the disk, in bytes. */
  readonly offset: number;
  readonly length: number;
  /** Where the log has this entry, in bytes; what was written lies at `dataAt`. */
  readonly at: number;
  readonly dataAt: number;
  /** Nothing of it can be lost once it is over: FUA. */
  readonly lasting: boolean;
}

const MAGIC = 0x6a736677736872n;
const VERSION = 1n;
const FLAGS = { flush: 1n, fua: 2n, discard: 4n } as const;
const SECTOR = 512;

/**
 * What QEMU's blklogwrites recorded, in dm-log-writes' format [kernel.org, Documentation/admin-guide/device-mapper/log-writes.rst]:
 *
 *   0          superblock: u64 magic, u64 version, u64 entries, u32 bytes of a sector; filled up to a sector
 *   1 sector   entry: u64 sector on the disk, u64 sectors, u64 flags, u64 length of a mark; filled up to a sector
 *              its data, unless it is a discard or has none
 *              the next entry …
 *
 * An entry is there once what it tells of is over, and before the machine hears of that. The superblock counts them only now and then, so
 * the file's end is what counts; an entry that its end cuts off is left out.
 */
export async function readWriteLog(path: string): Promise<LogEntry[]> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  if (size === 0) return [];
  const read = async (at: number, length: number) => (await file.read(Buffer.alloc(length), 0, length, at)).buffer;
  const head = await read(0, 28);
  if (head.readBigUInt64LE(0) !== MAGIC || head.readBigUInt64LE(8) !== VERSION) throw new Error(`${path} is no log of writes`);
  const unit = head.readUInt32LE(24);
  if (unit < SECTOR || unit % SECTOR !== 0) throw new Error(`${path} has sectors of ${unit} bytes`);
  const entries: LogEntry[] = [];
  for (let at = unit; at + unit <= size; ) {
    const entry = await read(at, 32);
    const [sector, sectors, flags] = [0, 8, 16].map((where) => entry.readBigUInt64LE(where)) as [bigint, bigint, bigint];
    const length = Number(sectors) * unit;
    const isDiscard = (flags & FLAGS.discard) !== 0n;
    const dataAt = at + unit;
    const end = dataAt + (isDiscard ? 0 : length);
    if (end > size) break;
    const place = { offset: Number(sector) * unit, length, at, dataAt };
    if ((flags & FLAGS.flush) !== 0n) entries.push({ kind: "flush", offset: 0, length: 0, at, dataAt, lasting: true });
    if (length > 0) entries.push({ kind: isDiscard ? "discard" : "write", ...place, lasting: (flags & FLAGS.fua) !== 0n });
    at = end;
  }
  return entries;
}
