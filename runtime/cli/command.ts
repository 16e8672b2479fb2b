import type { ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";

/** One verb of the command line, as data: help, completion and the parser are made from it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows the verb, as help shows it: "<name>" must be there, "[plugin]" may, "[paths...]" may be several. */
  readonly arguments?: readonly string[];
  readonly options?: readonly Option[];
  /** Talks to a device: takes --device, --broker and --timeout too. */
  readonly device?: boolean;
  /** After "steppps ". */
  readonly example?: string;
  /** Verbs below this one; `run` is then that of the one called `default`. */
  readonly commands?: readonly Command[];
  /** Among its brothers, the one that is meant when none is named. */
  readonly default?: boolean;
  /** Loads what runs it, so that a command costs only itself. */
  readonly load?: () => Promise<Verb>;
}

export interface Option {
  /** "-f, --follow" or "--limit <n>". */
  readonly flags: string;
  readonly summary: string;
  readonly default?: string;
}

export interface Verb {
  run(invocation: Invocation<never>): Promise<ExitCode | undefined> | ExitCode | undefined;
}

/** A command as it was called. */
export interface Invocation<Options = object> {
  readonly args: readonly string[];
  readonly options: Options;
  readonly out: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The data directory: --data, STEPPPS_DATA, or steppps-data in the checkout. */
  readonly data: string;
  /** Every command there is. */
  readonly commands: readonly Command[];
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
