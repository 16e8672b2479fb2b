/** One line of a benchmark's result; `bound` is what `value` must keep, as "<= 3", or null when it only informs. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bound: string | null;
  readonly holds: boolean | null;
}

export interface Ratio {
  readonly name: string;
  readonly over: string;
  readonly under: string;
  readonly bound: `${"<=" | ">="} ${number}` | null;
}

export const RATIOS: readonly Ratio[] = [
  { name: "empty call, against the raw C API", over: "ours: empty call", under: "raw: empty call", bound: "<= 3" },
  { name: "256 B message, against the raw C API", over: "ours: 256 B message", under: "raw: 256 B message", bound: "<= 2.5" },
  {
    name: "256 B message with a result object, against the raw C API",
    over: "ours: 256 B message, with a result object",
    under: "raw: 256 B message",
    bound: null,
  },
  {
    name: "256 B message, Extism JS against ours",
    over: "Extism JS: 256 B message",
    under: "ours: 256 B message, with a result object",
    bound: ">= 30",
  },
  {
    name: "256 B message, single against batched",
    over: "ours: 256 B message, with a result object",
    under: "ours: 256 B message in a batch of 64",
    bound: ">= 1.4",
  },
  { name: "plugin, compiling against loading", over: "ours: compile", under: "ours: load what was compiled", bound: ">= 100" },
  {
    name: "instance, on demand against pooled",
    over: "ours: instance on demand",
    under: "ours: instance from a pool",
    bound: ">= 2.5",
  },
];

/** The times themselves, then the ratios between them with their bounds. */
export function figures(times: ReadonlyMap<string, number>): Figure[] {
  const time = (name: string): number => {
    const found = times.get(name);
    if (found === undefined) throw new Error(`"${name}" was not measured`);
    return found;
  };
  const plain = [...times].map(([name, value]) => ({ name, value: round(value), unit: "ns", bound: null, holds: null }));
  const ratios = RATIOS.map(({ name, over, under, bound }) => {
    const value = round(time(over) / time(under));
    if (bound === null) return { name, value, unit: "x", bound, holds: null };
    const limit = Number(bound.slice(3));
    return { name, value, unit: "x", bound, holds: bound.startsWith("<=") ? value <= limit : value >= limit };
  });
  return [...plain, ...ratios];
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

export function table(rows: readonly Figure[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, value, unit, bound, holds }) => {
      const verdict = bound === null ? "" : `  ${bound} ${holds ? "holds" : "DOES NOT HOLD"}`;
      return `${name.padEnd(width)}  ${value.toLocaleString("en").padStart(12)} ${unit}${verdict}`;
    })
    .join("\n");
}
