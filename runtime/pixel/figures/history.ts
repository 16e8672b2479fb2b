/** How many seconds a small chart shows. */
export const HISTORY_SECONDS = 60;

/**
 * `history` (one rate a second, newest last) with `rate` added for the `millis` it is the average of: readings that come
 * late, because the page was hidden, fill the seconds between with the average they stand for.
 */
export function extendHistory(history: readonly number[], rate: number, millis: number): readonly number[] {
  const seconds = Math.min(HISTORY_SECONDS, Math.max(1, Math.round(millis / 1000)));
  return [...history, ...Array<number>(seconds).fill(rate)].slice(-HISTORY_SECONDS);
}
