import type { Op } from "../../store/index.ts";

/** How many message ids are remembered; a sender that is silent while more than this many others come is not recognised. */
const REMEMBERED = 50_000;
/** Ids that are remembered anew for one that comes: what one message costs is bounded. */
const AGAIN_AT_ONCE = 4;
/** Rows of forgotten ids leave the journal so many at a time. */
const TRIM_EVERY = 1_000;

type Settle = (error?: Error) => void;

interface Waiting {
  readonly settles: Settle[];
  /** Of the plugin that sent it: its outbox tries again and again, and the last try stands for those before. */
  inside?: Settle;
  /** It is among the latest by now: its row has to say so once there is one. */
  moved?: true;
}

/**
 * Ids of messages that handlers took, so that a repeated one is taken once. Scope: who took it.
 *
 *   forgotten ◀── oldest ── … ── latest ◀── taken
 *                   └── repeated of late ──▶
 *
 * An outbox repeats all that it has until all of it is taken. Where a plugin floods another, that takes as long as it takes, and
 * many more than are remembered come meanwhile: what is still repeated is not forgotten, however old.
 */
export class Seen {
  /** When each was taken, ms since the epoch or a little later, oldest first. */
  readonly #ids = new Map<string, number>();
  /** Ids whose first message is not yet on disk, and who else waits for that. */
  readonly #underWay = new Map<string, Waiting>();
  /** Ids that came again, and how many had been taken when they last did. */
  readonly #repeated = new Map<string, number>();
  #taken = 0;
  #forgotten = 0;
  #latest = Number.NEGATIVE_INFINITY;

  readonly #write: (ops: readonly Op[]) => void;

  /** `rows`: as the journal has them, oldest first. `write` puts ops into the journal, before those of what is added next. */
  constructor(rows: Iterable<{ scope: string; id: string; time: number }>, write: (ops: readonly Op[]) => void) {
    this.#write = write;
    for (const { scope, id, time } of rows) {
      this.#ids.set(key(scope, id), time);
      this.#latest = time;
    }
  }

  /** Whether the id was taken before. If so `settle` is called once it is known, on disk, what became of the first message. */
  repeats(scope: string, id: string, settle: Settle, inside = false): boolean {
    if (!this.#ids.has(key(scope, id))) return false;
    this.#repeated.set(key(scope, id), this.#taken);
    const waiting = this.#underWay.get(key(scope, id));
    if (!waiting) settle();
    else if (inside) waiting.inside = settle;
    else waiting.settles.push(settle);
    return true;
  }

  /** Remembers the id from now on; the ops make it last. `settled` has to follow. */
  add(scope: string, id: string, time: number): Op[] {
    this.#taken++;
    this.#makeRoom(time);
    const ops: Op[] = [["seen.add", scope, id, this.#take(key(scope, id), time)]];
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
    if (error) this.#forget(key(scope, id));
    else if (waiting?.moved) this.#write([["seen.add", scope, id, this.#ids.get(key(scope, id)) as number]]);
    for (const settle of waiting?.settles ?? []) settle(error);
    waiting?.inside?.(error);
  }

  /** Forgets the oldest, but not those that are repeated still: they are as good as new, in the journal too. */
  #makeRoom(time: number): void {
    const renewed: Op[] = [];
    for (let i = 0; i < AGAIN_AT_ONCE && this.#ids.size >= REMEMBERED; i++) {
      const oldest = this.#ids.keys().next().value as string;
      const underWay = this.#underWay.get(oldest);
      const repeated = this.#repeated.get(oldest);
      this.#ids.delete(oldest);
      if (!underWay && (repeated === undefined || this.#taken - repeated >= REMEMBERED)) {
        this.#repeated.delete(oldest);
        this.#forgotten++;
        continue;
      }
      const taken = this.#take(oldest, time);
      const end = oldest.indexOf("\n");
      if (underWay) underWay.moved = true;
      else renewed.push(["seen.add", oldest.slice(0, end), oldest.slice(end + 1), taken]);
    }
    if (renewed.length > 0) this.#write(renewed);
  }

  /** Remembers it as the latest; returns its time, which rises also where the clock was set back: by it the oldest are told. */
  #take(key: string, time: number): number {
    this.#latest = Math.max(time, this.#latest + 1);
    this.#ids.set(key, this.#latest);
    return this.#latest;
  }

  #forget(key: string): void {
    this.#ids.delete(key);
    this.#repeated.delete(key);
  }
}

/** No topic, and so no handler's name, has a line's end in it; an id may. */
function key(scope: string, id: string): string {
  return `${scope}\n${id}`;
}
