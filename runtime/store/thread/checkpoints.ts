import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { MEMORY, PAGE_BYTES } from "./connection.ts";

/**
 * Pages in the log at which a checkpoint no longer waits for a quiet moment. Small, since commits wait while one runs: 1 ms and
 * 1.3 ms a MiB were measured, and a bound of 16 MiB writes hardly less than one of 1 MiB, history being mostly new pages.
 */
const WAL_BOUND = (1024 * 1024) / PAGE_BYTES;
/** Fewest pages worth a checkpoint: those written more than once in the log go into the file once. */
const WAL_WORTH = WAL_BOUND / 4;
/** ms without a commit that make a quiet moment. */
const QUIET_MS = 250;

/** Moves the log into the file between commits, not inside them. */
export class Checkpoints {
  readonly #database: DatabaseSync;
  readonly #wal: string | undefined;
  readonly #look: StatementSync;
  readonly #failed: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;

  /** `failed` is told what goes wrong: nobody waits for a checkpoint. */
  constructor(database: DatabaseSync, file: string, failed: (error: unknown) => void) {
    this.#failed = failed;
    this.#database = database;
    this.#wal = file === MEMORY ? undefined : `${file}-wal`;
    this.#look = database.prepare("PRAGMA wal_checkpoint(NOOP)");
  }

  /** To be called after each group, when those who wait for it were told. */
  committed(): void {
    if (this.#wal === undefined) return;
    if (this.#waiting() >= WAL_BOUND) this.run();
    else if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#quiet(), QUIET_MS);
  }

  /** Bytes of the log's file. It keeps its length after a checkpoint and is written again from the start. */
  walBytes(): number {
    return (this.#wal && statSync(this.#wal, { throwIfNoEntry: false })?.size) || 0;
  }

  run(): void {
    try {
      this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (error) {
      this.#failed(error);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Pages in the log that are not in the file yet. */
  #waiting(): number {
    const { log, checkpointed } = this.#look.get() as { log: number; checkpointed: number };
    return log - checkpointed;
  }

  #quiet(): void {
    if (this.#waiting() >= WAL_WORTH) this.run();
  }
}
