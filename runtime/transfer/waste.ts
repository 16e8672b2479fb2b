const DAY_MS = 86_400_000;

/** Bytes that were written for nothing: a flash wears with them, whoever they came from. Forgotten evenly, so many a day. */
export class Waste {
  readonly #perDay: number;
  #bytes = 0;
  #at = 0;

  constructor(perDay: number) {
    this.#perDay = perDay;
  }

  /** `now`: ms since the epoch. A clock that is set back forgets nothing. */
  add(bytes: number, now: number): void {
    this.#bytes = this.#left(now) + bytes;
    this.#at = now;
  }

  /** Whether it is as much as may be. */
  tooMuch(now: number): boolean {
    return this.#left(now) >= this.#perDay;
  }

  #left(now: number): number {
    return Math.max(0, this.#bytes - (Math.max(0, now - this.#at) / DAY_MS) * this.#perDay);
  }
}
