import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { StepppsError } from "../../contract/errors/index.ts";
import { APPLICATION_ID } from "../schema/migrations.ts";

/** What a journal's files look like from outside, before SQLite sees them. */
export type Finding = "absent" | "clean" | "unclean" | "damaged log" | "damaged";

/** A file of this name beside the journal says that it was seen to be damaged while it was in use. */
export const suspectMark = (file: string) => `${file}.suspect`;

/** Looks at names, lengths and headers. Changes nothing. Throws E_STORE_FOREIGN. */
export function inspect(file: string): Finding {
  const wal = logState(`${file}-wal`);
  if (!existsSync(file)) return wal === "none" ? "absent" : "damaged";
  const header = readHeader(file);
  if (!header) return "damaged";
  if (header.applicationId !== APPLICATION_ID) throw new StepppsError("E_STORE_FOREIGN", file);
  if (wal === "garbage") return "damaged log";
  if (wal === "some" || existsSync(suspectMark(file))) return "unclean";
  return statSync(file).size < header.bytes ? "damaged" : "clean";
}

/**
 * The file's own header (sqlite.org/fileformat.html section 1.3), all big endian:
 *
 *   0 "SQLite format 3\0" │ 16 u16 page size │ 28 u32 pages │ 68 u32 application id
 */
function readHeader(file: string): { applicationId: number; bytes: number } | undefined {
  const header = readStart(file, 100);
  if (header.length < 100 || header.toString("latin1", 0, 16) !== "SQLite format 3\0") return undefined;
  return { applicationId: header.readUInt32BE(68), bytes: header.readUInt16BE(16) * header.readUInt32BE(28) };
}

/**
 * The log's header (section 4.1) begins with 0x377f0682 or 0x377f0683. After a power cut it may also be short or zero: SQLite syncs
 * it before the first commit, so nothing was in that log yet.
 */
function logState(wal: string): "none" | "some" | "garbage" {
  const start = readStart(wal, 32);
  if (start.length === 0) return "none";
  const begun = start.length === 32 && start.some((byte) => byte !== 0);
  return begun && (start.readUInt32BE(0) & ~1) !== 0x377f0682 ? "garbage" : "some";
}

function readStart(path: string, bytes: number): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const fd = openSync(path, "r");
  try {
    const start = Buffer.alloc(bytes);
    return start.subarray(0, readSync(fd, start, 0, bytes, 0));
  } finally {
    closeSync(fd);
  }
}
