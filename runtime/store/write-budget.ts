/** How much a day the journal should write at most, for cards that wear out. */
export interface WriteBudget {
  readonly bytesPerDay: number;
  /** Commit window while the budget is overdrawn: fewer, larger transactions write less for the same messages. */
  readonly windowMs: number;
}

const DAY_MS = 86_400_000;
/** What may be written in a burst: an hour's share. */
const BURST = 1 / 24;

/** A bucket that fills evenly over the day and that writing empties. It never stops a commit; it makes commits share. */
export class WriteMeter {
  readonly #budget: WriteBudget;
  #left: number;
  #seenBytes = 0;
  #seenAt: number;

  /** `now` is a monotonic time in ms, here and below. */
  constructor(budget: WriteBudget, now: number) {
    this.#budget = budget;
    this.#left = budget.bytesPerDay * BURST;
    this.#seenAt = now;
  }

  /** `writtenBytes` is the count since the journal was opened. */
  wrote(writtenBytes: number, now: number): void {
    const { bytesPerDay } = this.#budget;
    const earned = ((now - this.#seenAt) / DAY_MS) * bytesPerDay;
    this.#left = Math.min(bytesPerDay * BURST, this.#left + earned) - (writtenBytes - this.#seenBytes);
    this.#seenBytes = writtenBytes;
    this.#seenAt = now;
  }

  /** Commit window in ms. */
  window(): number {
    return this.#left < 0 ? this.#budget.windowMs : 0;
  }
}
