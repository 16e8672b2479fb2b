import { DatabaseSync } from "node:sqlite";

export const PAGE_BYTES = 4096;
export const MEMORY = ":memory:";

/**
 * Opens `file` as the only one who may. An exclusive lock needs no shared memory beside the file (which a full disk turns into
 * SIGBUS), and keeps out a second supervisor. The log grows until `Checkpoints` finds a quiet moment: SQLite's own checkpoints
 * run inside a commit and would be its tail.
 */
export function connect(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA cell_size_check = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA temp_store = MEMORY;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The one number that `PRAGMA name` answers with. */
export function pragma(database: DatabaseSync, name: string): number {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number;
}

/** Runs `work` in a transaction of its own: all of it is on the disk when this returns, or nothing of it is there. */
export function transaction(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
