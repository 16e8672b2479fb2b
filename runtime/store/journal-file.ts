import { randomInt } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { StepppsError } from "../contract/errors/index.ts";
import { APPLICATION_ID } from "./schema/migrations.ts";
import { decodeSchemaVersion, schemaFault } from "./schema/schema-version.ts";

/** What is done with a journal's file while no journal has it open: a copy that goes into a backup, or comes out of one. */

/** Throws E_STORE_FOREIGN, E_STORE_NEWER, E_STORE_CORRUPT. Reads the whole file. */
export function checkJournalFile(path: string): void {
  if (!readStart(path).startsWith("SQLite format 3\0")) throw new StepppsError("E_STORE_FOREIGN", path);
  withDatabase(path, (database) => {
    if (number(database, "PRAGMA application_id") !== APPLICATION_ID) throw new StepppsError("E_STORE_FOREIGN", path);
    const fault = schemaFault(decodeSchemaVersion(number(database, "PRAGMA user_version")));
    if (fault !== undefined) throw new StepppsError("E_STORE_NEWER", fault);
    const found = first(database, "PRAGMA quick_check(1)");
    if (found !== "ok") throw new StepppsError("E_STORE_CORRUPT", String(found).slice(0, 200));
  });
}

/** Plugins with nothing that could still be asked of their history: no open gate, no inputs to be handled again, no trial beside them. */
const IDLE = `plugin IN (SELECT name FROM plugin) AND plugin NOT IN
  (SELECT plugin FROM probation UNION SELECT plugin FROM rerun UNION SELECT source FROM rerun)`;

/** Leaves out the recorded inputs, but for those whose outputs are not sent yet and those that a rollback would need. */
export function dropHistory(path: string): void {
  withDatabase(path, (database) => {
    database.exec("BEGIN IMMEDIATE");
    // The row at the cursor stays: it says which number comes next.
    database.exec(
      `DELETE FROM batch WHERE ${IDLE} AND seq < coalesce((SELECT seq FROM sent WHERE sent.plugin = batch.plugin), -1)`,
    );
    database.exec(`DELETE FROM checkpoint WHERE ${IDLE}`);
    database.exec("COMMIT");
    database.exec("VACUUM");
  });
}

/** Two devices that began as one give their outputs numbers from here on that are far apart. */
const STRIDE = 2 ** 32;

/**
 * Makes the journal that of another device: what was committed is as it was, outputs not yet sent keep their ids (a receiver who
 * has them from the first device knows them), and everything from now on has ids that the first device will never give.
 */
export function renewJournalFile(path: string): void {
  withDatabase(path, (database) => {
    database.exec("BEGIN IMMEDIATE");
    const jump = randomInt(1, 2 ** 16) * STRIDE;
    database
      .prepare(
        `UPDATE plugin SET nextSeq = ? + max(nextSeq,
           coalesce((SELECT max(seq + count) FROM batch WHERE batch.plugin = plugin.name), 0))`,
      )
      .run(jump);
    // What was counted on the first device's disk says nothing of this one's.
    database.exec("DELETE FROM meta WHERE key = 'storage.day'");
    database.exec("COMMIT");
  });
}

function withDatabase(path: string, work: (database: DatabaseSync) => void): void {
  const { DatabaseSync: Database } = process.getBuiltinModule("node:sqlite");
  const database = new Database(path, { timeout: 0 });
  try {
    work(database);
  } catch (cause) {
    if (cause instanceof StepppsError) throw cause;
    throw new StepppsError("E_STORE_CORRUPT", cause instanceof Error ? cause.message : String(cause), { cause });
  } finally {
    database.close();
  }
}

function first(database: DatabaseSync, sql: string): unknown {
  return Object.values(database.prepare(sql).get() ?? {})[0];
}

function number(database: DatabaseSync, sql: string): number {
  return Number(first(database, sql));
}

function readStart(path: string): string {
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(16);
    return start.toString("latin1", 0, readSync(file, start, 0, 16, 0));
  } finally {
    closeSync(file);
  }
}
