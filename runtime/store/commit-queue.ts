import { StepppsError } from "../contract/errors/index.ts";
import { GroupWriter } from "./group.ts";
import type { Failure } from "./protocol.ts";
import type { Op } from "./statements/index.ts";

/** Buffers begin this large, and larger ones are not kept for the next group. */
const ROOM = 256 * 1024;
const KEPT_ROOM = 4 * 1024 * 1024;
/** A group is closed to further commits at this size: it bounds the transaction, and so the wait of those in it. */
const GROUP_BYTES = 8 * 1024 * 1024;

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** Commits that are written as one transaction. */
interface Group {
  readonly writer: GroupWriter;
  readonly waiters: Waiter[];
}

/**
 * Commits between their callers and the store's thread. One group is with the thread; the next fills meanwhile, and goes as one
 * message as soon as the thread is free:
 *
 *   commit() ─▶ waiting: [ full, full, … filling ] ─▶ in flight ─▶ settle()
 */
export class CommitQueue {
  readonly #boundBytes: number;
  #waiting: Group[] = [];
  #inFlight: Group | undefined;
  #room: ArrayBuffer | undefined;
  #bytes = 0;

  /** `boundBytes` is what `pressure` is measured against. */
  constructor(boundBytes: number) {
    this.#boundBytes = boundBytes;
  }

  /** Resolves when the ops are on the disk. Throws E_STORE_VALUE. */
  add(ops: readonly Op[]): Promise<void> {
    let group = this.#waiting.at(-1);
    if (!group || group.writer.bytes >= GROUP_BYTES) {
      group = { writer: new GroupWriter(this.#takeRoom()), waiters: [] };
      this.#waiting.push(group);
    }
    const { writer, waiters } = group;
    const before = writer.bytes;
    writer.add(ops);
    this.#bytes += writer.bytes - before;
    return new Promise((resolve, reject) => waiters.push({ resolve, reject }));
  }

  /** The next group for the thread, which is then in flight; undefined when one already is or nothing waits. */
  next(): { group: ArrayBuffer; bytes: number } | undefined {
    if (this.#inFlight || !this.#waiting[0]?.waiters.length) return undefined;
    this.#inFlight = this.#waiting.shift() as Group;
    const { writer } = this.#inFlight;
    return { group: writer.take(), bytes: writer.bytes };
  }

  /** The thread is done with the group in flight; its buffer comes back. */
  settle(room: ArrayBuffer, failures: readonly (Failure | undefined)[] | undefined): void {
    const { writer, waiters } = this.#inFlight as Group;
    this.#inFlight = undefined;
    this.#bytes -= writer.bytes;
    if (room.byteLength <= KEPT_ROOM) this.#room = room;
    waiters.forEach((waiter, i) => {
      const failure = failures?.[i];
      if (failure) waiter.reject(new StepppsError(failure.code, failure.detail));
      else waiter.resolve();
    });
  }

  /** Nothing will be written any more: everyone who waits is told why. */
  fail(error: Error): void {
    const groups = this.#inFlight ? [this.#inFlight, ...this.#waiting] : this.#waiting;
    this.#inFlight = undefined;
    this.#waiting = [];
    this.#bytes = 0;
    for (const { waiters } of groups) for (const { reject } of waiters) reject(error);
  }

  get idle(): boolean {
    return !this.#inFlight && !this.#waiting.some(({ waiters }) => waiters.length > 0);
  }

  /** 0 when nothing waits, 1 when as much waits as should. */
  pressure(): number {
    return Math.min(1, this.#bytes / this.#boundBytes);
  }

  #takeRoom(): ArrayBuffer {
    const room = this.#room ?? new ArrayBuffer(ROOM);
    this.#room = undefined;
    return room;
  }
}
