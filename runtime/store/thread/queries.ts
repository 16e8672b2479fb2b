import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type PackedRows, packRows } from "../rows.ts";
import type { Value } from "../statements/column.ts";
import { QUERY_TABLE, type QueryName } from "../statements/index.ts";

/** Answers questions; each is prepared when it is first asked. */
export class Queries {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<QueryName, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  run(query: QueryName, params: readonly Value[]): PackedRows {
    let prepared = this.#prepared.get(query);
    if (!prepared) {
      prepared = this.#database.prepare(QUERY_TABLE[query].sql);
      this.#prepared.set(query, prepared);
    }
    const columns = Object.entries(QUERY_TABLE[query].row).flatMap(([name, column]) => (column.startsWith("blob") ? [name] : []));
    return packRows(prepared.all(...params), columns);
  }
}
