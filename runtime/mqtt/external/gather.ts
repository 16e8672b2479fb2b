/** What counts as busy, in bytes a ms; below it a message is not held up. */
const BUSY = 2_000;
/** Span over which it is counted, in ms. */
const SPAN_MS = 5;
/** Reads that bring this much are worth their while. */
const LARGE_BYTES = 16 * 1024;

/** ms to wait for more before the next read. */
export const GATHER_MS = 1;

/**
 * Whether to let more arrive before the next read. A broker that writes every message by itself makes a busy reader wake up for
 * each one: two thirds of what a message then costs is waking up.
 */
export class Gather {
  #since = 0;
  #bytes = 0;
  #busy = false;

  /** Tells of a read; `now` in ms. True: wait for `GATHER_MS`. */
  heard(bytes: number, now: number): boolean {
    this.#bytes += bytes;
    const span = now - this.#since;
    if (span > SPAN_MS) {
      this.#busy = this.#bytes > span * BUSY;
      this.#since = now;
      this.#bytes = 0;
    }
    return this.#busy && bytes < LARGE_BYTES;
  }
}
