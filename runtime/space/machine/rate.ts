/** Per second, between two states of a counter; undefined where it went back (a device went away, a counter wrapped). */
export function rate(before: number, after: number, seconds: number): number | undefined {
  if (seconds <= 0 || after < before) return undefined;
  return Math.round((after - before) / seconds);
}
