import type { Op } from "../../store/index.ts";

/** How many message ids are remembered; a sender that repeats after more than this many others is not recognised. */
const REMEMBERED = 50_000;
const DAY_MS = 86_400_000;

/** Ids of messages that plugins took, so that a repeated one is taken once. Scope: the plugin that took it. */
export class Seen {
  readonly #ids = new Set<string>();

  constructor(rows: Iterable<{ scope: string; id: string }>) {
    for (const { scope, id } of rows) this.#ids.add(`${scope}\n${id}`);
  }

  has(scope: string, id: string): boolean {
    return this.#ids.has(`${scope}\n${id}`);
  }

  /** Remembers the id from now on; the op makes it last. */
  add(scope: string, id: string, time: number): Op {
    if (this.#ids.size >= REMEMBERED) this.#ids.delete(this.#ids.values().next().value as string);
    this.#ids.add(`${scope}\n${id}`);
    return ["seen.add", scope, id, time];
  }

  /** The input was not taken after all. */
  forget(scope: string, id: string): void {
    this.#ids.delete(`${scope}\n${id}`);
  }

  trim(now: number): Op {
    return ["seen.trim", now - DAY_MS];
  }
}
