/** Why figures that fall short do, and what would change it: by the beginning of their name. Said on the page only of those that do. */
export const SHORTFALLS: Readonly<Record<string, string>> = {};

export function shortfallOf(name: string): string | undefined {
  const key = Object.keys(SHORTFALLS).find((start) => name.startsWith(start));
  return key === undefined ? undefined : SHORTFALLS[key];
}
