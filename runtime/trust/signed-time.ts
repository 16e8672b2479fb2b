import type { Clock } from "../platform/index.ts";
import type { Journal, Op } from "../store/index.ts";

const KEY = "trust.time";
/** Before this was written: a clock that says so was never set. */
const EARLIEST = Date.UTC(2026, 0, 1);
/** What clocks of different machines may be apart without one of them being wrong. */
const APART_MS = 5 * 60_000;

/**
 * The time by which signed things expire. A board without a clock of its own wakes up in the past, where nothing ever expires: the
 * newest time that was ever signed for this device is a bound that nobody can take back.
 */
export class SignedTime {
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  #newest: number;
  /** What time it was at least when `learnt`. */
  #base: number;
  /** When that was learnt, by the monotonic clock: by now it is that much later. */
  #learnt: number;

  private constructor(clock: Pick<Clock, "now" | "monotonic">, newest: number) {
    this.#clock = clock;
    this.#newest = newest;
    this.#base = newest;
    this.#learnt = clock.monotonic();
  }

  static async open(journal: Journal, clock: Pick<Clock, "now" | "monotonic">): Promise<SignedTime> {
    const [row] = await journal.read("meta.one", KEY);
    const stored = Number(row?.value);
    return new SignedTime(clock, Number.isSafeInteger(stored) ? stored : 0);
  }

  /** ms since the epoch: this machine's clock, or the newest signed time where the clock is behind it. */
  now(): number {
    return Math.max(this.#clock.now(), this.#bound());
  }

  get newest(): number {
    return this.#newest;
  }

  /** Whether nothing speaks against this machine's clock. */
  get known(): boolean {
    return this.#clock.now() >= Math.max(this.#bound() - APART_MS, EARLIEST);
  }

  /** How far, in ms, the clock is known to be behind at least. */
  get behind(): number {
    return Math.max(0, this.#bound() - this.#clock.now());
  }

  /** Takes note of signed times; what is to be stored for it. */
  seen(times: readonly number[]): Op[] {
    const newest = Math.max(0, ...times);
    return newest <= this.#newest ? [] : this.#turn(newest, Math.max(newest, this.#bound()));
  }

  /** Believes these alone, whatever was seen before. */
  restart(times: readonly number[]): Op[] {
    const newest = Math.max(0, ...times);
    return newest === this.#newest ? [] : this.#turn(newest, newest);
  }

  /** Where nothing was ever signed there is no bound. */
  #bound(): number {
    return this.#newest === 0 ? 0 : Math.floor(this.#base + this.#clock.monotonic() - this.#learnt);
  }

  #turn(newest: number, base: number): Op[] {
    this.#newest = newest;
    this.#base = base;
    this.#learnt = this.#clock.monotonic();
    return [["meta.set", KEY, String(newest)]];
  }
}
