/** What a suite promises to measure. `bound` is what the value must keep, as "<= 3"; null when it only informs. */
export interface Expectation {
  readonly name: string;
  readonly unit: string;
  readonly bound: Bound | null;
}

export type Bound = `${"<=" | ">="} ${number}`;

/** One row of the result. `value` is null, and `reason` says why, when it could not be measured. */
export interface Figure {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly bound: string | null;
  readonly holds: boolean | null;
  readonly reason?: string;
}

export function judge({ name, unit, bound }: Expectation, value: number): Figure {
  if (!Number.isFinite(value)) return unmeasured({ name, unit, bound }, "it came to no number");
  return { name, value: Number(value.toPrecision(4)), unit, bound, holds: bound && keeps(value, bound) };
}

export function unmeasured({ name, unit, bound }: Expectation, reason: string): Figure {
  return { name, value: null, unit, bound, holds: false, reason };
}

function keeps(value: number, bound: Bound): boolean {
  const limit = Number(bound.slice(3));
  return bound.startsWith("<=") ? value <= limit : value >= limit;
}
