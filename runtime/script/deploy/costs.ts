import type { Spread } from "../workflow/durations.ts";

/** So many times what the old version's took, and enough to matter. */
const SLOWER = 5;
const SLOW_MS = 1;
/** Of the old version's costs: what the new one's are measured by. */
const MEASURES = [0.5, 0.9, 0.99] as const;
/** Where nothing is wrong it is said with a chance of less than one in a hundred thousand. */
const SURE = Math.log(1e5);

/** So many of the new version's costs are above a limit that the old one's hardly ever are. */
export interface Costlier {
  readonly slow: number;
  readonly of: number;
  /** ms. */
  readonly limit: number;
}

/** Whether a version's inputs cost more than chance explains, from a handful of them on: the fewer, the clearer it has to be. */
export function costlier(before: Spread, after: Spread): Costlier | undefined {
  const [usual, of] = [countAbove(before, 0), countAbove(after, 0)];
  for (const share of MEASURES) {
    const limit = Math.max(SLOW_MS, SLOWER * quantile(before, share));
    const slow = countAbove(after, limit);
    if (beyondChance(slow, of, chanceAbove(share, usual))) return { slow, of, limit };
  }
  return undefined;
}

/** What `share` of them are not above, ms. */
export function quantile(spread: Spread, share: number): number {
  const wanted = Math.ceil(countAbove(spread, 0) * share);
  let seen = 0;
  for (const [bound, count] of spread) {
    seen += count;
    if (seen >= wanted) return bound;
  }
  return 0;
}

export function countAbove(spread: Spread, limit: number): number {
  return spread.reduce((sum, [bound, count]) => (bound > limit ? sum + count : sum), 0);
}

/** The chance, at most, that one more of the old version's costs is above their quantile of `share`, known from `count` of them. */
function chanceAbove(share: number, count: number): number {
  return Math.max(1 / (count + 1), 1 - share + 3 * Math.sqrt((share * (1 - share)) / Math.max(1, count)));
}

/** Whether `some` of `all` are more than a chance of `chance` each explains (Chernoff's bound of the binomial tail). */
function beyondChance(some: number, all: number, chance: number): boolean {
  if (chance >= 1 || some <= chance * all) return false;
  const share = some / all;
  const rest = share === 1 ? 0 : (1 - share) * Math.log((1 - share) / (1 - chance));
  return all * (share * Math.log(share / chance) + rest) > SURE;
}
