import type { Op } from "../../store/index.ts";
import type { Offer } from "./offer.ts";

/** What one batch leaves to be committed. */
export interface Unit {
  readonly ops: readonly Op[];
  /** About how large the ops are, where they are large. */
  readonly bytes?: number;
  readonly offers: readonly Offer[];
  /** Called once the ops are on disk: outputs go out, senders are acknowledged. */
  committed(): void;
  /** Where there is one, it is told that nothing of the ops is on disk, and nobody else tries again. */
  failed?(error: unknown): void;
}

const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Commits one plugin's units in order, one transaction at a time: while one is on its way to the disk the next ones
 * gather, and go together. A unit builds on the ones before it, so when a commit fails all that wait behind it fail too.
 */
export class Committer {
  #waiting: Unit[] = [];
  #writing: readonly Unit[] = [];
  #busy = false;
  #mending = false;
  #idle: (() => void)[] = [];
  readonly #commit: (ops: readonly Op[]) => Promise<void>;
  readonly #failed: (error: unknown, lost: readonly Unit[]) => Promise<void>;

  constructor(commit: (ops: readonly Op[]) => Promise<void>, failed: (error: unknown, lost: readonly Unit[]) => Promise<void>) {
    this.#commit = commit;
    this.#failed = failed;
  }

  /** Units not yet on disk. */
  get backlog(): number {
    return this.#waiting.length + (this.#busy ? 1 : 0);
  }

  /** A commit failed, and what it leaves is not yet put right. */
  get mending(): boolean {
    return this.#mending;
  }

  /** What is not yet on disk, in order. */
  uncommitted(): Op[] {
    return [...this.#writing, ...this.#waiting].flatMap(({ ops }) => ops);
  }

  add(unit: Unit): void {
    if (!this.#busy && unit.ops.length === 0) return unit.committed();
    this.#waiting.push(unit);
    if (!this.#busy) void this.#pump();
  }

  /** Resolves when nothing waits. */
  idle(): Promise<void> {
    return this.backlog === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Few enough to find room, if need be, on a disk that is nearly full. */
  #take(): Unit[] {
    let bytes = 0;
    let count = 0;
    for (const unit of this.#waiting) {
      bytes += unit.bytes ?? 0;
      if (count > 0 && bytes > MAX_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #pump(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const units = this.#take();
      this.#writing = units;
      const ops = units.length === 1 ? (units[0] as Unit).ops : units.flatMap((unit) => unit.ops);
      try {
        if (ops.length > 0) await this.#commit(ops);
      } catch (error) {
        const lost = units.concat(this.#waiting);
        this.#waiting = [];
        this.#writing = [];
        this.#mending = true;
        for (const unit of lost) unit.failed?.(error);
        const untold = lost.filter((unit) => !unit.failed);
        if (untold.length > 0) await this.#failed(error, untold);
        this.#mending = false;
        continue;
      }
      this.#writing = [];
      for (const unit of units) unit.committed();
    }
    this.#busy = false;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
