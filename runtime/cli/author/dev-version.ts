/**
 * A version that no deploy before had: one version names one content, and `dev` makes new content at every save.
 * 1.2.3 → 1.2.3-dev.mabc12x, by time in base 36; it sorts before 1.2.3, as a preview should (semver 11).
 */
export function devVersion(version: string, time: number): string {
  const [release, preview] = version.split(/-(.*)/s);
  return `${release}-${preview ? `${preview.slice(0, 24)}.` : ""}dev.${time.toString(36)}`;
}
