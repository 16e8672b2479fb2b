import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { StepppsError } from "../../contract/errors/index.ts";
import { storeError } from "./sqlite-error.ts";

/**
 * Between two steps of so many pages (256 KiB) commits have their turn. While 94 MB were copied, commits waited 5 ms (p99), 55 ms at
 * most; with steps of 1 MiB 94 and 136 ms, and it took no less time.
 */
const STEP_PAGES = 64;
const TRIES = 5;

/**
 * Copies the open database into a new file at `path` by SQLite's own backup: pages that are changed while it runs are copied again,
 * so the copy is of one moment, which is its end. It is on the disk when this resolves; nothing is left when it fails.
 */
export async function copyDatabase(database: DatabaseSync, path: string): Promise<void> {
  create(path);
  try {
    await backupThrough(database, path);
    // The copy says that it has a log beside it, as its original has; a plain file is what can be carried about.
    using copy = new DatabaseSync(path);
    // Alone with it SQLite needs no file of shared memory, which on a full disk it would call a failing one.
    copy.exec("PRAGMA locking_mode = EXCLUSIVE");
    copy.exec("PRAGMA journal_mode = DELETE");
    copy.close();
    sync(path);
  } catch (error) {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
    throw error;
  }
}

/**
 * A step may meet a commit on the same connection. node:sqlite then gives up, and asks for the reason when the connection has none
 * any more: "not an error" (seen in one of 75 copies made while commits went on). The next try finds nothing in its way.
 */
async function backupThrough(database: DatabaseSync, path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await backup(database, path, { rate: STEP_PAGES });
      return;
    } catch (error) {
      if (tries === TRIES || (error as Error).message !== "not an error") throw error;
    }
  }
}

function create(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") throw new StepppsError("E_CLI_EXISTS", path, { cause });
    throw storeError(cause);
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  fsyncSync(file);
  closeSync(file);
}
