import { writeFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Faults } from "../../contract/index.ts";
import type { Failure, JournalSize, Opened } from "../protocol.ts";
import type { Value } from "../statements/column.ts";
import type { QueryName } from "../statements/index.ts";
import { Checkpoints } from "./checkpoints.ts";
import { PAGE_BYTES, pragma } from "./connection.ts";
import { suspectMark } from "./inspect.ts";
import { openDatabase } from "./open.ts";
import { Queries } from "./queries.ts";
import { Transactions } from "./transactions.ts";
import { threadWrittenBytes } from "./written.ts";

/** The open database and what is done with it. Lives on the store's thread; everything here blocks. */
export class Store {
  readonly opened: Opened;
  readonly #file: string;
  readonly #limitBytes: number;
  readonly #database: DatabaseSync;
  readonly #transactions: Transactions;
  readonly #queries: Queries;
  readonly #checkpoints: Checkpoints;

  constructor(file: string, limitBytes: number, faults: Faults) {
    const { database, opened } = openDatabase(file, limitBytes);
    this.opened = opened;
    this.#file = file;
    this.#limitBytes = limitBytes;
    this.#database = database;
    this.#transactions = new Transactions(database, faults, () => this.#checkpoints.run());
    this.#queries = new Queries(database);
    this.#checkpoints = new Checkpoints(database, file, (error) => this.#note(error));
  }

  commit(group: Uint8Array): readonly (Failure | undefined)[] | undefined {
    const failures = this.#transactions.apply(group);
    if (failures) this.#markDamage();
    return failures;
  }

  /** What can wait until those who asked for a commit were told. */
  rest(): void {
    this.#checkpoints.committed();
  }

  /** The rows, and the buffers of their byte strings to hand over. */
  read(query: QueryName, params: readonly Value[]): { rows: unknown[]; blobs: ArrayBuffer[] } {
    try {
      return this.#queries.run(query, params);
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  size(): JournalSize {
    return {
      bytes: (pragma(this.#database, "page_count") - pragma(this.#database, "freelist_count")) * PAGE_BYTES,
      limitBytes: this.#limitBytes,
      walBytes: this.#checkpoints.walBytes(),
      writtenBytes: this.writtenBytes(),
    };
  }

  writtenBytes(): number {
    return threadWrittenBytes();
  }

  close(): void {
    this.#checkpoints.stop();
    this.#database.close();
  }

  #note(error: unknown): void {
    this.#transactions.note(error);
    this.#markDamage();
  }

  #markDamage(): void {
    if (this.#transactions.broken?.code === "E_STORE_CORRUPT") writeFileSync(suspectMark(this.#file), "", { mode: 0o600 });
  }
}
