/** The text of the doc comment that ends where a declaration begins; undefined when there is none. */
export function docBefore(text: string, start: number): string | undefined {
  const before = text.slice(0, start).trimEnd();
  if (!before.endsWith("*/")) return undefined;
  const open = before.lastIndexOf("/**");
  if (open < 0 || before.indexOf("*/", open) !== before.length - 2) return undefined;
  const lines = before.slice(open + 3, -2).split("\n");
  const words = lines.map((line) =>
    line
      .trim()
      .replace(/^\*\s?/, "")
      .trim(),
  );
  return words.join(" ").replace(/\s+/g, " ").trim().slice(0, 500) || undefined;
}
