/**
 * How two plugin versions stand by precedence (semver 2.0, 11): below 0, 0, above 0. Both have the shape that `Version` asks for.
 * A preview comes before its release, numbers before words, fewer parts before more.
 */
export function compareVersions(a: string, b: string): number {
  const [releaseA, previewA] = split(a);
  const [releaseB, previewB] = split(b);
  const release = compareParts(releaseA.split("."), releaseB.split("."));
  if (release !== 0) return release;
  if (previewA === undefined || previewB === undefined) return Number(previewA === undefined) - Number(previewB === undefined);
  return compareParts(previewA.split("."), previewB.split("."));
}

function split(version: string): [release: string, preview: string | undefined] {
  const at = version.indexOf("-");
  return at < 0 ? [version, undefined] : [version.slice(0, at), version.slice(at + 1)];
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = comparePart(a[i], b[i]);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const numeric = [a, b].map((part) => /^\d+$/.test(part));
  if (numeric[0] && numeric[1]) return order(BigInt(a), BigInt(b));
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return order(a, b);
}

function order<T extends string | bigint>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
