import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { StepppsError } from "../../contract/errors/index.ts";
import { APPLICATION_ID, MIGRATIONS } from "../schema/migrations.ts";
import { pragma } from "./connection.ts";
import { storeError } from "./sqlite-error.ts";

/** What a journal's files are found to be, before anything of them is changed. */
export type Finding = "absent" | "clean" | "unclean" | "damaged";

/** A file of this name beside the journal says that it was seen to be damaged while it was in use. */
export const suspectMark = (file: string) => `${file}.suspect`;

/**
 * Looks at the files only as hard as it must: a journal that was closed has no log, and is believed if its length is right; one that
 * was not is read through. Throws E_STORE_FOREIGN, E_STORE_NEWER.
 */
export function inspect(file: string): Finding {
  const wal = logState(`${file}-wal`);
  if (!existsSync(file)) return wal === "none" ? "absent" : "damaged";
  const header = readHeader(file);
  if (!header) return "damaged";
  if (header.applicationId !== APPLICATION_ID) throw new StepppsError("E_STORE_FOREIGN", file);
  if (wal === "garbage") return "damaged";
  const closed = wal === "none" && !existsSync(suspectMark(file));
  if (closed && statSync(file).size < header.bytes) return "damaged";
  if (!isSound(file, closed)) return "damaged";
  return closed ? "clean" : "unclean";
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

/** The log's header (section 4.1) begins with 0x377f0682 or 0x377f0683. */
function logState(wal: string): "none" | "some" | "garbage" {
  const start = readStart(wal, 32);
  if (start.length === 0) return "none";
  return start.length < 32 || (start.readUInt32BE(0) & ~1) !== 0x377f0682 ? "garbage" : "some";
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

/**
 * Whether SQLite can read the file: only its schema when it was `closed`, else every page, with the log's. Opened read-only, since
 * looking must not write; and a file that has no log as an immutable one, which leaves no index of the log behind.
 */
function isSound(file: string, closed: boolean): boolean {
  try {
    using database = new DatabaseSync(closed ? `${pathToFileURL(file)}?immutable=1` : file, { readOnly: true });
    const version = pragma(database, "user_version");
    if (version > MIGRATIONS.length) {
      throw new StepppsError("E_STORE_NEWER", `${file} has schema ${version}, this version knows ${MIGRATIONS.length}`);
    }
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return closed || (database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string }).quick_check === "ok";
  } catch (error) {
    if (storeError(error).code === "E_STORE_CORRUPT") return false;
    throw error; // in use, unreadable, newer: no damage, and not to be touched
  } finally {
    rmSync(`${file}-shm`, { force: true });
  }
}
