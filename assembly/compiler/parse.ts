import { Parser, type Source } from "assemblyscript";
import { hintFor } from "./hints.ts";
import type { Problems } from "./transform/problems.ts";

type Read = (path: string) => Promise<string | undefined>;

/** The author's files, the entry first: it and what it imports by a path. Undefined, and reported, where one cannot be parsed. */
export async function parseOwn(entry: string, read: Read, problems: Problems): Promise<readonly Source[] | undefined> {
  const parser = new Parser();
  try {
    await parseAll(parser, entry, read);
  } catch {
    // Its assertions fail on some texts that it should refuse: what it had read by then is before the place.
    const source = parser.currentSource;
    const last = source?.statements.at(-1)?.range.atEnd ?? source?.range.atStart;
    if (last)
      problems.error(
        last,
        "AssemblyScript cannot read what comes next",
        "look for a letter, quote or bracket that does not belong there",
      );
  }
  for (const { range, message } of parser.diagnostics) if (range) problems.error(range, message, hintFor(message));
  return problems.failed ? undefined : parser.sources;
}

async function parseAll(parser: Parser, entry: string, read: Read): Promise<void> {
  parser.parseFile((await read(entry)) ?? null, entry, true);
  for (let path = parser.nextFile(); path !== null; path = parser.nextFile()) {
    // Packages, the SDK among them, and files that are not there are the compiler's to find.
    const text = path.startsWith("~") ? undefined : await read(`${path}.ts`);
    if (text !== undefined) parser.parseFile(text, `${path}.ts`, false);
  }
}
