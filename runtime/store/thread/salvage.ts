import { existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { Value } from "../statements/column.ts";
import { transaction } from "./connection.ts";
import { storeError } from "./sqlite-error.ts";

/**
 * Copies what can still be read of the damaged `file` into `fresh`, table by table in the order in which they were created, each
 * from the front until a page cannot be read, and then from the back. Throws only what goes wrong with `fresh`.
 */
export function salvage(file: string, fresh: DatabaseSync): void {
  using damaged = openDamaged(file);
  if (!damaged) return;
  for (const { name } of fresh.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").all()) {
    // A file from before the last migration lacks some: they get what an addition gives the rows that are there.
    const there = columnsOf(damaged, String(name));
    const columns = columnsOf(fresh, String(name)).filter(
      (column) => there.length === 0 || there.some((one) => one.name === column.name),
    );
    const names = columns.map((column) => column.name).join(", ");
    const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    const insert = fresh.prepare(`INSERT OR IGNORE INTO ${name} (${names}) VALUES (${columns.map(() => "?").join(", ")})`);
    for (const direction of ["ASC", "DESC"]) {
      const order = key.length > 0 ? key.map((column) => `${column.name} ${direction}`).join(", ") : `rowid ${direction}`;
      transaction(fresh, () => {
        for (const row of readableRows(damaged, `SELECT ${names} FROM ${name} ORDER BY ${order}`)) insertRow(insert, row);
      });
    }
  }
}

/** None where the schema can't be read. */
function columnsOf(database: DatabaseSync, table: string): { readonly name: string; readonly pk: number }[] {
  try {
    return database.prepare(`PRAGMA table_info(${table})`).all() as unknown as { name: string; pk: number }[];
  } catch {
    return [];
  }
}

/** Read-only: what is damaged stays as it is. Without a log to read, nothing needs to be made beside it either. */
function openDamaged(file: string): DatabaseSync | undefined {
  try {
    const location = existsSync(`${file}-wal`) ? file : `${pathToFileURL(file)}?immutable=1`;
    const damaged = new DatabaseSync(location, { readOnly: true, defensive: false });
    damaged.exec("PRAGMA writable_schema = ON"); // makes SQLite read a file that is shorter than its header says
    return damaged;
  } catch {
    return undefined;
  }
}

function* readableRows(damaged: DatabaseSync, sql: string): Generator<Value[]> {
  try {
    const rows = damaged.prepare(sql);
    rows.setReturnArrays(true);
    rows.setReadBigInts(true); // a damaged number may be any
    yield* rows.iterate() as unknown as Iterable<Value[]>;
  } catch {
    // a page that cannot be read, or no such table: what came before it was had
  }
}

function insertRow(insert: StatementSync, row: readonly Value[]): void {
  try {
    insert.run(...row);
  } catch (error) {
    if (storeError(error).code !== "E_STORE_CONFLICT") throw error; // else: the row is not one of this table any more
  }
}
