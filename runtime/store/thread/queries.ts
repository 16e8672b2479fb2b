import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Value } from "../statements/column.ts";
import { QUERY_TABLE, type QueryName } from "../statements/index.ts";

const LARGE_BYTES = 16 * 1024;

/** Answers questions; each is prepared when it is first asked. */
export class Queries {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<QueryName, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The rows, and the buffers of the byte strings in them, so that these can be handed over to another thread. */
  run(query: QueryName, params: readonly Value[]): { value: unknown[]; blobs: ArrayBuffer[] } {
    let prepared = this.#prepared.get(query);
    if (!prepared) {
      prepared = this.#database.prepare(QUERY_TABLE[query].sql);
      this.#prepared.set(query, prepared);
    }
    const rows = prepared.all(...params);
    const names = Object.entries(QUERY_TABLE[query].row).flatMap(([name, column]) => (column.startsWith("blob") ? [name] : []));
    // Small ones are copied: handing a buffer over costs more, and its cost grows with how many there are.
    const large = (value: unknown) => value instanceof Uint8Array && value.byteLength >= LARGE_BYTES;
    const blobs = rows.flatMap((row) =>
      names.flatMap((name) => (large(row[name]) ? [(row[name] as Uint8Array<ArrayBuffer>).buffer] : [])),
    );
    return { value: rows, blobs };
  }
}
