import type { Op } from "../../store/index.ts";

/** How many message ids are remembered; a sender that repeats after more than this many others is not recognised. */
const REMEMBERED = 50_000;
/** Rows of forgotten ids leave the journal so many at a time. */
const TRIM_EVERY = 1_000;

type Settle = (error?: Error) => void;

interface Waiting {
  readonly settles: Settle[];
  /** Of the plugin that sent it: its outbox tries again and again, and the last try stands for those before. */
  inside?: Settle;
}

/** Ids of messages that handlers took, so that a repeated one is taken once. Scope: who took it. */
export class Seen {
  /** When each was taken, ms since the epoch or a little later, oldest first. */
  readonly #ids = new Map<string, number>();
  /** Ids whose first message is not yet on disk, and who else waits for that. */
  readonly #underWay = new Map<string, Waiting>();
  #forgotten = 0;
  #latest = Number.NEGATIVE_INFINITY;

  /** `rows`: as the journal has them, oldest first. */
  constructor(rows: Iterable<{ scope: string; id: string; time: number }>) {
    for (const { scope, id, time } of rows) {
      this.#ids.set(key(scope, id), time);
      this.#latest = time;
    }
  }

  /** Whether the id was taken before. If so `settle` is called once it is known, on disk, what became of the first message. */
  repeats(scope: string, id: string, settle: Settle, inside = false): boolean {
    if (!this.#ids.has(key(scope, id))) return false;
    const waiting = this.#underWay.get(key(scope, id));
    if (!waiting) settle();
    else if (inside) waiting.inside = settle;
    else waiting.settles.push(settle);
    return true;
  }

  /** Remembers the id from now on; the ops make it last. `settled` has to follow. */
  add(scope: string, id: string, time: number): Op[] {
    // Rising, also where the clock was set back: by it the oldest are told from those that a sender may repeat.
    const taken = Math.max(time, this.#latest + 1);
    this.#latest = taken;
    const ops: Op[] = [["seen.add", scope, id, taken]];
    if (this.#ids.size >= REMEMBERED) {
      this.#ids.delete(this.#ids.keys().next().value as string);
      this.#forgotten++;
    }
    this.#ids.set(key(scope, id), taken);
    this.#underWay.set(key(scope, id), { settles: [] });
    if (this.#forgotten >= TRIM_EVERY) {
      this.#forgotten = 0;
      ops.push(["seen.trim", this.#ids.values().next().value as number]);
    }
    return ops;
  }

  /** The message is on disk; or, with an error, it was not taken after all. */
  settled(scope: string, id: string, error?: Error): void {
    const waiting = this.#underWay.get(key(scope, id));
    this.#underWay.delete(key(scope, id));
    if (error) this.#ids.delete(key(scope, id));
    for (const settle of waiting?.settles ?? []) settle(error);
    waiting?.inside?.(error);
  }
}

function key(scope: string, id: string): string {
  return `${scope}\n${id}`;
}
