import type { Histogram } from "../../contract/index.ts";

/** Each power of two of microseconds is cut into so many parts: a quantile is wrong by 1/16 at most. */
const PARTS = 16;
const OCTAVES = 26;
const LAST = PARTS * OCTAVES - 1;

/** Durations as data: bounds in ms, and how many fell below each. */
export type Spread = readonly (readonly [ms: number, count: number])[];

/** Upper bounds, in ms, of the histogram that is shown. */
const SHOWN_MS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000, 5_000] as const;

/**
 * Durations, counted in buckets that grow with what they hold: 1 µs to nine minutes in 1.6 KB.
 *
 *   bucket   0 …   │ 16 …   │ 32 …           │ 48 …
 *   begins   0 1 … │ 16 17… │ 32 34 36 … 62  │ 64 68 72 … 124 µs
 */
export class Durations {
  readonly #counts = new Uint32Array(PARTS * OCTAVES);
  #count = 0;
  #totalMs = 0;
  #maxMs = 0;

  /** `count` of them, of `ms` each. Less than nothing (a clock that was set back) counts as nothing. */
  add(ms: number, count: number): void {
    const micros = ms > 0 ? Math.min(0x7fff_ffff, (ms * 1000) | 0) : 0;
    const shift = Math.max(0, 27 - Math.clz32(micros | 15));
    const bucket = Math.min(LAST, shift * PARTS + (micros >> shift));
    this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    this.#count += count;
    if (ms <= 0) return;
    this.#totalMs += ms * count;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  get count(): number {
    return this.#count;
  }

  /** All of them together, ms. */
  get total(): number {
    return this.#totalMs;
  }

  /** ms. */
  get max(): number {
    return this.#maxMs;
  }

  /** What `share` of them (0.99) are not above, in ms. */
  quantile(share: number): number {
    const wanted = Math.ceil(this.#count * share);
    let seen = 0;
    for (let bucket = 0; bucket <= LAST; bucket++) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted && seen > 0) return Math.min(this.#maxMs, endOf(bucket) / 1000);
    }
    return 0;
  }

  /** Upper bounds in ms, rising, and how many are not above each and above the one before; empty buckets are left out. */
  spread(): Spread {
    const all: [number, number][] = [];
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) all.push([endOf(bucket) / 1000, count]);
    return all;
  }

  histogram(): Histogram {
    const counts = new Array<number>(SHOWN_MS.length + 1).fill(0);
    for (let bucket = 0; bucket <= LAST; bucket++) {
      const count = this.#counts[bucket] as number;
      if (count === 0) continue;
      const slot = SLOTS[bucket] as number;
      counts[slot] = (counts[slot] as number) + count;
    }
    return { bounds: SHOWN_MS, counts, sum: this.#totalMs };
  }
}

/** For each bucket the bound that it is shown under: two hundred plugins are read at once. */
const SLOTS = Uint8Array.from({ length: LAST + 1 }, (_, bucket) => {
  const at = SHOWN_MS.findIndex((bound) => endOf(bucket) <= bound * 1000);
  return at < 0 ? SHOWN_MS.length : at;
});

/** Where a bucket ends, in µs: the first that is not in it. */
function endOf(bucket: number): number {
  if (bucket < 2 * PARTS) return bucket + 1;
  const shift = Math.floor(bucket / PARTS) - 1;
  return (bucket - shift * PARTS + 1) * 2 ** shift;
}
