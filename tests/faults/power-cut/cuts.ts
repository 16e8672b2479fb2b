import type { Random } from "../kill-loop/random.ts";
import type { CardEvent } from "./history.ts";

/** What a power cut left: everything before `whole`, and of the writes since then those that the card happened to have put away. */
export interface Cut {
  readonly whole: number;
  /** How many events there had been when the power went: what was promised by then holds. */
  readonly at: number;
  readonly kept: readonly KeptWrite[];
}

export interface KeptWrite {
  readonly event: number;
  /** Which pieces of it, counted from its first; all where absent. */
  readonly pieces?: readonly number[];
}

/** What a card writes at once or not at all: table and FAT change by the sector, everything else has blocks of 4 KiB. */
export const PIECE_BYTES = { boot: 512, rest: 4096 } as const;

/** After each event that makes all before it last. */
export function boundaryCuts(events: readonly CardEvent[]): Cut[] {
  const ends = boundaries(events);
  return ends.filter((end, i) => hasWrites(events, ends[i - 1] ?? 0, end)).map((end) => ({ whole: end, at: end, kept: [] }));
}

/** Moments between two of those, with any part of what was written since the first. `pieceBytes`: at an offset on the card. */
export function randomCuts(
  events: readonly CardEvent[],
  count: number,
  random: Random,
  pieceBytes: (offset: number) => number,
): Cut[] {
  const ends = [0, ...boundaries(events), events.length];
  const gaps = ends
    .slice(1)
    .map((end, i) => ({ from: ends[i] as number, to: end }))
    .filter(({ from, to }) => hasWrites(events, from, to));
  return Array.from({ length: count }, () => {
    const { from, to } = random.pick(gaps);
    // The event that ends the gap is not over.
    const last = events[to - 1]?.kind === "write" ? to : to - 1;
    const at = from + 1 + random.below(Math.max(1, last - from));
    return { whole: from, at, kept: keptOf(events, from, at, random, pieceBytes) };
  });
}

/** How much of what was not made to last is there, in percent: nothing, hardly anything, half, nearly all. */
const SHARES = [0, 15, 50, 85, 100];
/** Of the writes that are kept so many in a hundred are only partly there. */
const TORN = 20;

function keptOf(
  events: readonly CardEvent[],
  from: number,
  to: number,
  random: Random,
  pieceBytes: (offset: number) => number,
): KeptWrite[] {
  const share = random.pick(SHARES);
  const kept: KeptWrite[] = [];
  for (let event = from; event < to; event++) {
    const write = events[event];
    if (write?.kind !== "write") continue;
    if (write.lasting) kept.push({ event });
    else if (random.below(100) < share) {
      const pieces = Math.ceil(write.bytes.length / pieceBytes(write.offset));
      const isTorn = pieces > 1 && random.below(100) < TORN;
      const some = Array.from({ length: pieces }, (_, i) => i).filter(() => random.below(2) === 0);
      kept.push(isTorn ? { event, pieces: some } : { event });
    }
  }
  return kept;
}

function boundaries(events: readonly CardEvent[]): number[] {
  return events.flatMap(({ kind }, i) => (kind === "flush" || kind === "loader" ? [i + 1] : []));
}

function hasWrites(events: readonly CardEvent[], from: number, to: number): boolean {
  return events.slice(from, to).some(({ kind }) => kind === "write" || kind === "loader");
}
