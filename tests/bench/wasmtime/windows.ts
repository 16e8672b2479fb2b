/** One way of doing something: `run` does it about `calls` times and returns nanoseconds per call. */
export interface Contestant {
  readonly name: string;
  readonly calls: number;
  run(calls: number): number | Promise<number>;
}

/**
 * Lets the contestants take turns, so that what else the machine does hits all of them alike, and keeps the best window
 * of each: the time the work takes when nothing disturbs it.
 */
export async function bestOfWindows(contestants: readonly Contestant[], windows: number): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  for (let window = 0; window < windows; window++) {
    for (const { name, calls, run } of contestants) {
      const time = await run(calls);
      best.set(name, Math.min(time, best.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  return best;
}

/** A contestant whose one call is `once`. */
export function repeated(name: string, calls: number, once: () => unknown): Contestant {
  // A loop of its own for each, or V8 would compile one for all of them, with a slow call in the middle.
  const loop = new Function("once", "count", "for (let i = 0; i < count; i++) once();") as (
    once: () => unknown,
    count: number,
  ) => void;
  return {
    name,
    calls,
    run(count) {
      const started = process.hrtime.bigint();
      loop(once, count);
      return Number(process.hrtime.bigint() - started) / count;
    },
  };
}
