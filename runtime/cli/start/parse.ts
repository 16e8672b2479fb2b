import { parseArgs } from "node:util";
import type { Command } from "../command.ts";
import { optionsOf } from "../options.ts";

/**
 * Reads `start` and its options, by the same table as every other command, with Node's own parser: this process lives for
 * months, and the full parser with its help would stay in its memory (3 MiB). Undefined for anything else than a plain
 * `start` with known options: help and mistakes are the full parser's.
 */
export function parseStart(
  argv: readonly string[],
  commands: readonly Command[],
): { command: Command; options: Readonly<Record<string, unknown>> } | undefined {
  const command = commands.find(({ name }) => name === "start");
  if (!command || argv[0] !== "start") return undefined;
  const known = optionsOf(command).map(
    ({ flags }) => /^--(no-)?([a-z-]+)(?: <)?/.exec(flags) as RegExpExecArray & [string, string?, string?],
  );
  const entries = known.map(([flag, , name]) => [name, { type: flag.endsWith("<") ? "string" : "boolean" }] as const);
  try {
    const { values } = parseArgs({
      args: argv.slice(1),
      options: Object.fromEntries(entries) as never,
      strict: true,
      allowNegative: true,
    });
    const negated = known.filter(([, no]) => no).map(([, , name]) => [camel(name as string), true]);
    return {
      command,
      options: {
        ...Object.fromEntries(negated),
        ...Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value])),
      },
    };
  } catch {
    return undefined;
  }
}

/** mqtt-port → mqttPort */
function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
