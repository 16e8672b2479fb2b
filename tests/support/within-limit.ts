/**
 * What `doing` comes to. Where it fails, or isn't over within `limitMs`, the error has what `diagnose` found while all still stood as
 * it did.
 */
export async function withinLimit<T>(
  what: string,
  doing: Promise<T>,
  limitMs: number,
  diagnose: () => Promise<string>,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const limit = setTimeout(() => reject(new Error(`not over after ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([doing, promise]);
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}\n${await diagnose()}`, { cause: error });
  } finally {
    clearTimeout(limit);
  }
}
