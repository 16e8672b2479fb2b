import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { asStepppsError } from "../contract/errors/index.ts";
import type { Invocation } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { createOutput, type Streams } from "./output.ts";
import { parseStart } from "./start/parse.ts";
import { readVersion } from "./version.ts";

export interface Surroundings extends Streams, Pick<Invocation, "env" | "cwd" | "signal"> {}

/** Runs one command line to its end. */
export async function main(argv: readonly string[], { stdout, stderr, env, cwd, signal }: Surroundings): Promise<ExitCode> {
  const start = parseStart(argv, COMMANDS);
  const parsed = start ? { ...start, args: [] } : await parseFully(argv, { stdout, stderr });
  if ("exit" in parsed) return parsed.exit;
  const { command, args, options } = parsed;
  const out = createOutput({ stdout, stderr }, options.json === true);
  const data = typeof options.data === "string" ? resolve(cwd, options.data) : defaultData(env, cwd);
  try {
    const verb = await command.load?.();
    return (await verb?.run({ args, options: options as never, out, env, cwd, data, commands: COMMANDS, signal })) ?? EXIT.ok;
  } catch (thrown) {
    if (signal.aborted) return EXIT.interrupted;
    const error = asStepppsError(thrown, "E_CLI_UNEXPECTED");
    out.error(error);
    if (error.code === "E_CLI_UNEXPECTED") out.note(error.cause instanceof Error ? (error.cause.stack ?? "") : "");
    return exitCodeOf(error.code);
  }
}

async function parseFully(argv: readonly string[], streams: Streams) {
  const { parseCommandLine } = await import("./program.ts");
  return parseCommandLine(argv, COMMANDS, readVersion(), streams);
}

function defaultData(env: Surroundings["env"], cwd: string): string {
  const { STEPPPS_DATA } = env;
  return STEPPPS_DATA ? resolve(cwd, STEPPPS_DATA) : fileURLToPath(new URL("../../steppps-data", import.meta.url));
}
