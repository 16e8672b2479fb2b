import type { Command } from "../command.ts";
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { type Words, wordsOf } from "./words.ts";
import { zsh } from "./zsh.ts";

const SCRIPTS = { bash, zsh, fish } as const satisfies Record<string, (rows: readonly Words[]) => string>;
export type Shell = keyof typeof SCRIPTS;
export const SHELLS = Object.keys(SCRIPTS) as readonly Shell[];

/** What a shell sources to complete `steppps`; made from the table of commands. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return SCRIPTS[shell](wordsOf(commands));
}
