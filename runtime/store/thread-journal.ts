import type { Worker } from "node:worker_threads";
import { StepppsError } from "../contract/errors/index.ts";
import { CommitQueue } from "./commit-queue.ts";
import type { Journal, JournalOptions } from "./journal.ts";
import type { JournalSize, Opened, Reply, Request } from "./protocol.ts";
import { type PackedRows, unpackRows } from "./rows.ts";
import type { Op, QueryName, QueryParams, QueryRow } from "./statements/index.ts";

const QUEUE_BYTES = 32 * 1024 * 1024;

interface Asker {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** The journal as the event loop sees it: nothing here waits for the disk. */
export class ThreadJournal implements Journal {
  readonly opened: Opened;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #queue: CommitQueue;
  readonly #windowMs: number;
  #widened = 0;
  readonly #askers = new Map<number, Asker>();
  #nextId = 0;
  #cancelFlush: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #ended: StepppsError | undefined;

  constructor(worker: Worker, opened: Opened, options: JournalOptions) {
    this.opened = opened;
    this.#worker = worker;
    this.#queue = new CommitQueue(options.queueBytes ?? QUEUE_BYTES);
    this.#windowMs = options.windowMs ?? 0;
    worker.on("message", (reply: Reply) => this.#hear(reply));
    worker.on("error", (error) => this.#end(new StepppsError("E_STORE_CLOSED", error.message, { cause: error })));
    this.#exited = new Promise((resolve) =>
      worker.on("exit", () => {
        this.#end(new StepppsError("E_STORE_CLOSED"));
        resolve();
      }),
    );
  }

  async commit(ops: readonly Op[]): Promise<void> {
    if (this.#ended || this.#closing) throw this.#ended ?? new StepppsError("E_STORE_CLOSED");
    const done = this.#queue.add(ops);
    this.#flushSoon();
    return done;
  }

  read<Q extends QueryName>(query: Q, ...params: QueryParams<Q>): Promise<QueryRow<Q>[]> {
    const packed = this.#ask<PackedRows>((id) => ({ kind: "read", id, query, params }));
    return packed.then((rows) => unpackRows(rows) as QueryRow<Q>[]);
  }

  size(): Promise<JournalSize> {
    return this.#ask((id) => ({ kind: "size", id }));
  }

  widen(windowMs: number): void {
    this.#widened = windowMs;
  }

  async copy(path: string): Promise<void> {
    await this.#ask((id) => ({ kind: "copy", id, path }));
  }

  pressure(): number {
    return this.#queue.pressure();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended) return;
    this.#cancelFlush?.();
    if (!this.#queue.idle) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        this.#flush();
      });
    }
    this.#post({ kind: "close" });
    await this.#exited;
  }

  #hear(reply: Reply): void {
    if (reply.kind === "committed") {
      this.#queue.settle(reply.group, reply.failures);
      if (this.#queue.idle) this.#drained?.();
      else if (this.#window() === 0 || this.#closing) this.#flush();
      else this.#flushSoon();
    } else if (reply.kind === "answer") this.#asker(reply.id)?.resolve(reply.value as never);
    else if (reply.kind === "failed") {
      this.#asker(reply.id)?.reject(new StepppsError(reply.failure.code, reply.failure.detail));
    }
  }

  #window(): number {
    return Math.max(this.#windowMs, this.#widened);
  }

  /** Not at once: commits of the same turn of the event loop, and of the same window, share a group. */
  #flushSoon(): void {
    if (this.#cancelFlush) return;
    const window = this.#window();
    const flush = () => {
      this.#cancelFlush = undefined;
      this.#flush();
    };
    if (window > 0) {
      const timer = setTimeout(flush, window);
      this.#cancelFlush = () => clearTimeout(timer);
    } else {
      const turn = setImmediate(flush);
      this.#cancelFlush = () => clearImmediate(turn);
    }
  }

  #flush(): void {
    const next = this.#queue.next();
    if (next) this.#post({ kind: "commit", ...next }, [next.group]);
  }

  #ask<T>(request: (id: number) => Request): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended || this.#closing) return reject(this.#ended ?? new StepppsError("E_STORE_CLOSED"));
      const id = this.#nextId++;
      this.#askers.set(id, { resolve, reject });
      this.#post(request(id));
    });
  }

  #asker(id: number): Asker | undefined {
    const asker = this.#askers.get(id);
    this.#askers.delete(id);
    return asker;
  }

  #post(request: Request, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #end(error: StepppsError): void {
    this.#ended ??= error;
    this.#queue.fail(this.#ended);
    this.#drained?.();
    for (const { reject } of this.#askers.values()) reject(this.#ended);
    this.#askers.clear();
  }
}
