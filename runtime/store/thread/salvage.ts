import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { Value } from "../statements/column.ts";
import { transaction } from "./connection.ts";

/** Copies what can still be read of the damaged `file` into `fresh`, table by table in the order in which they were created. */
export function salvage(file: string, fresh: DatabaseSync): void {
  const tables = fresh.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").all();
  try {
    // Read-only: what is damaged stays as it is. Without a log to read, nothing needs to be made beside it either.
    const location = existsSync(`${file}-wal`) ? file : `${pathToFileURL(file)}?immutable=1`;
    using damaged = new DatabaseSync(location, { readOnly: true, defensive: false });
    damaged.exec("PRAGMA writable_schema = ON"); // makes SQLite read a file that is shorter than its header says
    for (const { name } of tables) copyTable(damaged, fresh, name as string);
  } catch {
    // not a database, not even in part
  }
}

/** Rows come from the front until a page cannot be read, then from the back until the same. */
function copyTable(damaged: DatabaseSync, fresh: DatabaseSync, table: string): void {
  const columns = fresh.prepare(`PRAGMA table_info(${table})`).all() as unknown as { name: string; pk: number }[];
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const names = columns.map(({ name }) => name).join(", ");
  const insert = fresh.prepare(`INSERT OR IGNORE INTO ${table} (${names}) VALUES (${columns.map(() => "?").join(", ")})`);
  for (const direction of ["ASC", "DESC"]) {
    const order = (key.length > 0 ? key.map(({ name }) => name) : ["rowid"]).map((name) => `${name} ${direction}`).join(", ");
    try {
      const rows = damaged.prepare(`SELECT ${names} FROM ${table} ORDER BY ${order}`);
      rows.setReturnArrays(true);
      rows.setReadBigInts(true);
      let failed = false;
      transaction(fresh, () => {
        try {
          for (const row of rows.iterate() as unknown as Iterable<Value[]>) insert.run(...row);
        } catch {
          failed = true; // keep the rows before it
        }
      });
      if (!failed) return;
    } catch {
      // the table cannot be read at all from this end
    }
  }
}
