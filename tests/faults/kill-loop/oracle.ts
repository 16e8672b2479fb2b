import type { Receiver } from "./receiver.ts";
import type { Sender } from "./sender.ts";

export interface Evidence {
  /** QoS 2: each number must be booked once. */
  readonly exact: readonly Pick<Sender, "sent">[];
  /** QoS 1 without an id: each must be heard. */
  readonly loose: Pick<Sender, "acknowledged">;
  readonly receiver: Pick<Receiver, "of">;
  readonly keys: number;
}

/** What the device did wrong, a line each; none when all is as the model has it. */
export function judge({ exact, loose, receiver, keys }: Evidence): string[] {
  const faults: string[] = [];
  const numbers = exact.flatMap((sender) => [...sender.sent]);
  const ringing = numbers.filter((n) => n % 5 === 0);
  faults.push(
    ...once("booked", receiver.of("booked"), numbers),
    ...once("rung", receiver.of("rung"), ringing),
    ...missing("heard", new Set([...receiver.of("heard")].map(Number)), loose.acknowledged),
  );
  const perKey = Array.from({ length: keys }, (_, key) => numbers.filter((n) => n % keys === key).length);
  const books = [numbers.length, sum(numbers), ringing.length, sum(ringing), ...perKey].join(" ");
  faults.push(...says("ledger", receiver, books), ...says("audit", receiver, `${numbers.length} ${sum(numbers)}`));
  return faults;
}

/** Payloads are `<number> <how many it is>`: each number once, and the counts without a gap. */
function once(what: string, payloads: ReadonlySet<string>, expected: readonly number[]): string[] {
  const faults: string[] = [];
  const counts = new Map<number, number[]>();
  for (const payload of payloads) {
    const [n = Number.NaN, count = Number.NaN] = payload.split(" ").map(Number);
    counts.set(n, [...(counts.get(n) ?? []), count]);
  }
  const twice = [...counts].filter(([, seen]) => seen.length > 1);
  if (twice.length > 0)
    faults.push(`${what}: ${twice.length} applied more than once: ${sample(twice.map(([n, seen]) => `${n} as ${seen}`))}`);
  const known = new Set(expected);
  const strange = [...counts.keys()].filter((n) => !known.has(n));
  if (strange.length > 0) faults.push(`${what}: ${strange.length} were never sent: ${sample(strange)}`);
  return [...faults, ...missing(what, new Set(counts.keys()), expected)];
}

function missing(what: string, got: ReadonlySet<number>, expected: Iterable<number>): string[] {
  const lost = [...expected].filter((n) => !got.has(n));
  return lost.length === 0 ? [] : [`${what}: ${lost.length} are missing: ${sample(lost)}`];
}

/** The last answer of the plugin's books. */
function says(plugin: string, receiver: Pick<Receiver, "of">, expected: string): string[] {
  const last = [...receiver.of(plugin)].at(-1) ?? "nothing";
  return last === expected ? [] : [`${plugin}'s books say ${last}, they should say ${expected}`];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function sample(list: readonly unknown[]): string {
  return list.slice(0, 5).join(", ") + (list.length > 5 ? ", …" : "");
}
