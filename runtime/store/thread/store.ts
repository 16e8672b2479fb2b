import { writeFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Faults } from "../../contract/fault.ts";
import { takeLock } from "../../platform/linux/lock.ts";
import type { Lock } from "../../platform/lock.ts";
import type { Failure, JournalSize, Opened } from "../protocol.ts";
import type { PackedRows } from "../rows.ts";
import type { Value } from "../statements/column.ts";
import type { QueryName } from "../statements/index.ts";
import { Checkpoints } from "./checkpoints.ts";
import { MEMORY, PAGE_BYTES, pragma } from "./connection.ts";
import { copyDatabase } from "./copy.ts";
import { suspectMark } from "./inspect.ts";
import { openDatabase } from "./open.ts";
import { Queries } from "./queries.ts";
import { Reserve } from "./reserve.ts";
import { Transactions } from "./transactions.ts";
import { threadWrittenBytes } from "./written.ts";

/** The open database and what is done with it. Lives on the store's thread; everything here blocks. */
export class Store {
  readonly opened: Opened;
  readonly #lock: Lock | undefined;
  readonly #file: string;
  readonly #limitBytes: number;
  readonly #database: DatabaseSync;
  readonly #transactions: Transactions;
  readonly #queries: Queries;
  readonly #checkpoints: Checkpoints;
  readonly #reserve: Reserve | undefined;

  /** Throws as `openJournal` rejects; nothing is held then. */
  static open(file: string, limitBytes: number, faults: Faults): Store {
    const lock = file === MEMORY ? undefined : takeLock(`${file}.lock`);
    try {
      return new Store(file, limitBytes, faults, lock);
    } catch (error) {
      lock?.release();
      throw error;
    }
  }

  private constructor(file: string, limitBytes: number, faults: Faults, lock: Lock | undefined) {
    const { database, opened } = openDatabase(file);
    this.opened = opened;
    this.#lock = lock;
    this.#file = file;
    this.#limitBytes = limitBytes;
    this.#database = database;
    this.#transactions = new Transactions(database, faults, { make: () => this.#makeRoom(), spend: (work) => this.#spend(work) });
    this.#queries = new Queries(database);
    this.#checkpoints = new Checkpoints(database, file, (error) => this.#note(error));
    this.#reserve = file === MEMORY ? undefined : new Reserve(file);
    this.#boundFile();
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

  read(query: QueryName, params: readonly Value[]): PackedRows {
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
      writtenBytes: threadWrittenBytes(),
    };
  }

  copy(path: string): Promise<void> {
    return copyDatabase(this.#database, path);
  }

  close(): void {
    this.#checkpoints.stop();
    this.#database.close();
    this.#lock?.release();
  }

  #makeRoom(): void {
    this.#checkpoints.run();
    this.#boundFile();
  }

  #spend<T>(work: () => T): T {
    this.#reserve?.release();
    this.#checkpoints.run();
    const result = work();
    this.#makeRoom();
    return result;
  }

  /** Without its reserve the file must not grow: then the log can always be emptied into it, and what is deleted makes room. */
  #boundFile(): void {
    const bound = this.#reserve?.hold() === false ? pragma(this.#database, "page_count") : this.#limitBytes / PAGE_BYTES;
    this.#database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(bound))}`);
  }

  #note(error: unknown): void {
    this.#transactions.note(error);
    this.#markDamage();
  }

  #markDamage(): void {
    if (this.#transactions.broken?.code === "E_STORE_CORRUPT") writeFileSync(suspectMark(this.#file), "", { mode: 0o600 });
  }
}
