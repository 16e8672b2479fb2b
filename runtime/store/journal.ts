import type { Worker } from "node:worker_threads";
import type { JournalSize, Opened } from "./protocol.ts";
import type { Op, QueryName, QueryParams, QueryRow } from "./statements/index.ts";

/** What the device knows and must not forget: one SQLite file, written by a thread of its own. */
export interface Journal {
  readonly opened: Opened;
  /**
   * Applies `ops` together or not at all; resolves when they are on the disk (after the fsync of their group). Values are copied
   * before this returns. Rejects with E_STORE_FULL, E_STORE_CONFLICT, E_STORE_VALUE, E_STORE_IO, E_STORE_CORRUPT or
   * E_STORE_CLOSED, leaving nothing of these ops, whatever else was in their group.
   */
  commit(ops: readonly Op[]): Promise<void>;
  /** Rows of a query. Sees every commit that had resolved when this was called. */
  read<Q extends QueryName>(query: Q, ...params: QueryParams<Q>): Promise<QueryRow<Q>[]>;
  /** 0 to 1: how full the queue of commits is. Whoever takes in work stops before 1: the queue itself refuses nothing. */
  pressure(): number;
  size(): Promise<JournalSize>;
  /** Commits from now on wait at least so long for others to share their fsync. 0: as the journal was opened. */
  widen(windowMs: number): void;
  /**
   * Writes all that is committed into a new file, while commits go on: a journal of one moment, with no log beside it. Rejects with
   * E_STORE_FULL, E_STORE_IO, E_CLI_EXISTS when there is a file of that name.
   */
  copy(path: string): Promise<void>;
  /** Writes what waits, then closes the file. */
  close(): Promise<void>;
}

/** One that `openJournal` has opened. */
export interface OpenedJournal extends Journal {
  /**
   * Hands the file of a journal that was opened `here` to a thread of its own; commits and reads wait meanwhile. Otherwise does nothing. Rejects
   * with E_STORE_CLOSED where the thread does not start (all stays as it was), and as `openJournal` where it can't open the file: the
   * journal has ended then.
   */
  toThread(): Promise<void>;
}

export interface JournalOptions {
  /** A path whose folder exists, or ":memory:" for a journal that is gone when it is closed. */
  readonly file: string;
  /** Bound of the file. The write-ahead log and a reserve come on top: some 12 MiB. */
  readonly limitBytes?: number;
  /** How long a commit waits for others to share its fsync. 0: only while the thread is busy with the group before. */
  readonly windowMs?: number;
  /** Bytes of waiting commits at which `pressure` is 1. */
  readonly queueBytes?: number;
  /** STEPPPS_FAULT; the points commit:* are passed on the journal's own thread. */
  readonly faultSpec?: string | undefined;
  /** One that was started ahead, or the path of its program; a checkout's own where absent. */
  readonly thread?: Worker | string;
  /** On the calling thread, which then blocks for every fsync, until `toThread`. Not for ":memory:". */
  readonly here?: boolean | undefined;
}
