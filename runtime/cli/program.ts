import { CommanderError, Command as Parser } from "commander";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { optionsOf } from "./options.ts";
import type { Streams } from "./output.ts";

/** What a command line comes to: a command to run and how it was called, or an exit code when help or a mistake ended it. */
export type Parsed =
  | { readonly command: Command; readonly args: readonly string[]; readonly options: Readonly<Record<string, unknown>> }
  | { readonly exit: ExitCode };

/** Reads a command line by the table of commands. Prints help and mistakes, and runs nothing. */
export function parseCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  version: string,
  streams: Streams,
): Parsed {
  let parsed: Parsed = { exit: EXIT.usage };
  const chosen = (command: Command, args: readonly string[], options: Readonly<Record<string, unknown>>) => {
    parsed = { command, args, options };
  };
  const root = new Parser("steppps").description("Runs people's automations safely.").version(version);
  configure(root, streams);
  root.addHelpText(
    "after",
    `\nExit codes: ${Object.entries(EXIT)
      .map(([name, code]) => `${code} ${name}`)
      .join(", ")}`,
  );
  for (const command of commands) add(root, command, chosen, streams);
  try {
    root.parse(argv, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return { exit: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
    throw error;
  }
  return parsed;
}

type Choose = (command: Command, args: readonly string[], options: Readonly<Record<string, unknown>>) => void;

function add(parent: Parser, command: Command, chosen: Choose, streams: Streams): void {
  const parser = parent.command(command.name, { isDefault: command.default ?? false }).description(command.summary);
  configure(parser, streams);
  for (const argument of command.arguments ?? []) parser.argument(argument);
  if (command.example) parser.addHelpText("after", `\nExample:\n  $ steppps ${command.example}`);
  for (const below of command.commands ?? []) add(parser, below, chosen, streams);
  if (!command.load) return;
  for (const { flags, summary, default: fallback } of optionsOf(command)) parser.option(flags, summary, fallback);
  parser.action(() => chosen(command, parser.args, parser.opts()));
}

function configure(parser: Parser, { stdout, stderr }: Streams): void {
  parser.exitOverride();
  parser.configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  parser.showHelpAfterError("See --help.");
}
