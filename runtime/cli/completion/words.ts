import type { Command } from "../command.ts";
import { optionsOf } from "../options.ts";

/** What may come next after a path of verbs: "plugin dead-letters" → verbs below it, or its options. */
export interface Words {
  /** Verbs with a blank between; empty at the root. */
  readonly path: string;
  readonly verbs: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly { readonly name: string; readonly summary: string; readonly takesValue: boolean }[];
}

/** One row for each place in the tree of commands. */
export function wordsOf(commands: readonly Command[], path: readonly string[] = []): Words[] {
  const verbs = commands.map(({ name, summary }) => ({ name, summary }));
  const rows: Words[] = verbs.length > 0 ? [{ path: path.join(" "), verbs, options: [] }] : [];
  for (const command of commands) {
    const below = [...path, command.name];
    if (command.commands) rows.push(...wordsOf(command.commands, below));
    else rows.push({ path: below.join(" "), verbs: [], options: optionsOf(command).flatMap(namesOf) });
  }
  return rows;
}

function namesOf({ flags, summary }: { flags: string; summary: string }) {
  const takesValue = flags.includes("<");
  return [...flags.matchAll(/--?[a-z-]+/g)].map(([name]) => ({ name, summary, takesValue }));
}
