import { Parser, type Source } from "assemblyscript";
import { hintFor } from "./hints.ts";
import type { Problems } from "./transform/problems.ts";

/** The author's files, the entry first: it and what it imports by a path. Undefined, and reported, where one cannot be parsed. */
export async function parseOwn(
  entry: string,
  read: (path: string) => Promise<string | undefined>,
  problems: Problems,
): Promise<readonly Source[] | undefined> {
  const parser = new Parser();
  parser.parseFile((await read(entry)) ?? null, entry, true);
  for (let path = parser.nextFile(); path !== null; path = parser.nextFile()) {
    // Packages, the SDK among them, and files that are not there are the compiler's to find.
    const text = path.startsWith("~") ? undefined : await read(`${path}.ts`);
    if (text !== undefined) parser.parseFile(text, `${path}.ts`, false);
  }
  for (const { range, message } of parser.diagnostics) if (range) problems.error(range, message, hintFor(message));
  return problems.failed ? undefined : parser.sources;
}
