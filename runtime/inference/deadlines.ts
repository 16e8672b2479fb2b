import type { Alarm, Clock } from "../platform/index.ts";

/** Things that are to be over by a time: one alarm for all of them, as most are over long before. */
export class Deadlines<T extends { /** ms of the clock, monotonic. */ readonly until: number }> {
  readonly #clock: Pick<Clock, "after" | "monotonic">;
  readonly #late: (one: T) => void;
  readonly #waiting = new Set<T>();
  #alarm: Alarm | undefined;
  #rings = Number.POSITIVE_INFINITY;

  /** @param late called once for each that is still there at its time */
  constructor(clock: Pick<Clock, "after" | "monotonic">, late: (one: T) => void) {
    this.#clock = clock;
    this.#late = late;
  }

  add(one: T): void {
    this.#waiting.add(one);
    if (one.until < this.#rings) this.#ringAt(one.until);
  }

  delete(one: T): void {
    if (!this.#waiting.delete(one) || this.#waiting.size > 0) return;
    // With nothing to ring for, it would only keep the process.
    this.#alarm?.cancel();
    this.#rings = Number.POSITIVE_INFINITY;
  }

  #ringAt(time: number): void {
    this.#alarm?.cancel();
    this.#rings = time;
    this.#alarm = this.#clock.after(Math.max(0, time - this.#clock.monotonic()), () => this.#ring());
  }

  #ring(): void {
    const now = this.#clock.monotonic();
    this.#rings = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const one of [...this.#waiting]) {
      if (one.until > now) next = Math.min(next, one.until);
      else if (this.#waiting.delete(one)) this.#late(one);
    }
    if (next < this.#rings) this.#ringAt(next);
  }
}
