/**
 * A version that no deploy before had: one version names one content, and `dev` makes new content at every save. It comes after
 * the version that it is made from, since devices take nothing lower than what they had:
 * 1.2.3 → 1.2.4-dev.mabc12x, by time in base 36, a preview of the next release (semver 11).
 */
export function devVersion(version: string, time: number): string {
  const [release = "", preview] = version.split(/-(.*)/s);
  const made = `dev.${time.toString(36)}`;
  return preview ? `${release}-${preview.slice(0, 24)}.${made}` : `${nextPatch(release)}-${made}`;
}

function nextPatch(release: string): string {
  const [major, minor, patch] = release.split(".").map(Number) as [number, number, number];
  // As many digits as a version may have.
  return patch < 999_999_999 ? `${major}.${minor}.${patch + 1}` : `${major}.${minor}.${patch}`;
}
