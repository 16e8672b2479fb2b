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
  return {
    name,
    calls,
    run(count) {
      const started = process.hrtime.bigint();
      for (let i = 0; i < count; i++) once();
      return Number(process.hrtime.bigint() - started) / count;
    },
  };
}
