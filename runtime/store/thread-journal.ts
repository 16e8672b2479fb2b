import { StepppsError } from "../contract/errors/index.ts";
import { CommitQueue } from "./commit-queue.ts";
import type { StoreHost } from "./host.ts";
import type { JournalOptions, OpenedJournal } from "./journal.ts";
import type { JournalSize, Opened, Reply, Request } from "./protocol.ts";
import { type PackedRows, unpackRows } from "./rows.ts";
import type { Op, QueryName, QueryParams, QueryRow } from "./statements/index.ts";

const QUEUE_BYTES = 32 * 1024 * 1024;

interface Asker {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** A thread that runs and has not opened the file. */
export interface Successor {
  open(): Promise<{ readonly host: StoreHost }>;
  /** Ends it, when it isn't needed any more. */
  drop(): Promise<void>;
}

interface Held {
  readonly request: Request;
  readonly transfer: ArrayBuffer[];
}

/** The journal as the event loop sees it: nothing here waits for the disk, where a thread of its own has the file. */
export class ThreadJournal implements OpenedJournal {
  readonly opened: Opened;
  /** Absent while the file changes hands: requests wait in `#held` then. */
  #host: StoreHost | undefined;
  #held: Held[] = [];
  #successor: (() => Promise<Successor>) | undefined;
  readonly #exited = Promise.withResolvers<void>();
  readonly #queue: CommitQueue;
  readonly #windowMs: number;
  #widened = 0;
  readonly #askers = new Map<number, Asker>();
  #nextId = 0;
  #writtenBefore = 0;
  #cancelFlush: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #ended: StepppsError | undefined;

  /** `successor` starts the thread that `toThread` hands the file to. */
  constructor(host: StoreHost, opened: Opened, options: JournalOptions, successor?: () => Promise<Successor>) {
    this.opened = opened;
    this.#queue = new CommitQueue(options.queueBytes ?? QUEUE_BYTES);
    this.#windowMs = options.windowMs ?? 0;
    this.#successor = successor;
    this.#take(host);
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

  async size(): Promise<JournalSize> {
    const size = await this.#ask<JournalSize>((id) => ({ kind: "size", id }));
    return { ...size, writtenBytes: size.writtenBytes + this.#writtenBefore };
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

  async toThread(): Promise<void> {
    const start = this.#successor;
    if (!start) return;
    this.#successor = undefined;
    const thread = await start();
    const before = await this.size().catch(() => undefined);
    const host = this.#host;
    if (!before || !host || this.#ended || this.#closing) return thread.drop();
    // Whoever opens the file again finds it closed properly, as at any start. Until then nothing is lost or refused, only late.
    this.#host = undefined;
    host.post({ kind: "close" }, []);
    await host.ended;
    try {
      const next = await thread.open();
      this.#writtenBefore = before.writtenBytes;
      this.#take(next.host);
    } catch (error) {
      this.#end(error instanceof StepppsError ? error : new StepppsError("E_STORE_CLOSED", String(error), { cause: error }));
      this.#exited.resolve();
      throw error;
    }
    for (const { request, transfer } of this.#held.splice(0)) this.#post(request, transfer);
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
    await this.#exited.promise;
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
    if (this.#host) this.#host.post(request, transfer);
    else this.#held.push({ request, transfer });
  }

  #take(host: StoreHost): void {
    this.#host = host;
    host.listen((reply) => this.#hear(reply));
    void host.ended.then((error) => {
      if (this.#host !== host) return;
      this.#end(error);
      this.#exited.resolve();
    });
  }

  #end(error: StepppsError): void {
    this.#ended ??= error;
    this.#queue.fail(this.#ended);
    this.#drained?.();
    for (const { reject } of this.#askers.values()) reject(this.#ended);
    this.#askers.clear();
  }
}
