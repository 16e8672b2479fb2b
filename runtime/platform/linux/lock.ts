import { readFileSync, statSync } from "node:fs";
import { StepppsError } from "../../contract/errors/index.ts";
import type { Lock } from "../lock.ts";

const SQLITE_BUSY = 5;

/**
 * Takes the lock file at `path`, making it if need be; throws E_DATA_IN_USE, naming the holder, when it is taken (by this process
 * too). Node has no flock(2), so that SQLite's own lock on an empty database does it: fcntl(2), which a kill -9 releases.
 * Nothing else may open the file: closing any descriptor of it would drop this process's lock.
 */
export function takeLock(path: string): Lock {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new StepppsError("E_DATA_IN_USE", `${path}${holder(path)}`, { cause: error });
  }
  return { release: () => database.close() };
}

/** Who holds a lock on the file, as /proc/locks has it: `1: POSIX  ADVISORY  WRITE 4711 fe:00:131077 0 EOF`. */
function holder(path: string): string {
  const inode = statSync(path).ino;
  const line = readFileSync("/proc/locks", "latin1").match(new RegExp(`WRITE (\\d+) \\w+:\\w+:${inode} `));
  return line ? ` is held by process ${line[1]}` : "";
}
