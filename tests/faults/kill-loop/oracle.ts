import { booksOf } from "../storm/books.ts";
import type { Receiver } from "./receiver.ts";
import type { Sender } from "./sender.ts";

export interface Evidence {
  /** QoS 2: each number must be booked once. */
  readonly exact: readonly Pick<Sender, "sent">[];
  /** QoS 1 without an id: each must be heard. */
  readonly loose: Pick<Sender, "acknowledged">;
  readonly receiver: Pick<Receiver, "of">;
}

/**
 * What the device did wrong, a line each; none when all is as the model has it. That nothing was done twice is in the books: what
 * is said may come again.
 */
export function judge({ exact, loose, receiver }: Evidence): string[] {
  const numbers = exact.flatMap((sender) => [...sender.sent]);
  const said = (root: string) => new Set([...receiver.of(root)].map(Number));
  const { tally, count, sum } = booksOf("tally", numbers);
  return [
    ...same("booked", said("booked"), numbers),
    ...same(
      "rung",
      said("rung"),
      numbers.filter((n) => n % 5 === 0),
    ),
    ...missing("heard", said("heard"), loose.acknowledged),
    ...says("books", receiver, tally),
    ...says("audit", receiver, `${count} ${sum}`),
  ];
}

function same(what: string, said: ReadonlySet<number>, expected: readonly number[]): string[] {
  const known = new Set(expected);
  const strange = [...said].filter((n) => !known.has(n));
  const never = strange.length > 0 ? [`${what}: ${strange.length} were never sent: ${sample(strange)}`] : [];
  return [...never, ...missing(what, said, expected)];
}

function missing(what: string, got: ReadonlySet<number>, expected: Iterable<number>): string[] {
  const lost = [...expected].filter((n) => !got.has(n));
  return lost.length === 0 ? [] : [`${what}: ${lost.length} are missing: ${sample(lost)}`];
}

/** The last answer of a plugin's books. */
function says(root: string, receiver: Pick<Receiver, "of">, expected: string): string[] {
  const last = [...receiver.of(root)].at(-1) ?? "nothing";
  return last === expected ? [] : [`${root} say ${last}, they should say ${expected}`];
}

function sample(list: readonly unknown[]): string {
  return list.slice(0, 5).join(", ") + (list.length > 5 ? ", …" : "");
}
