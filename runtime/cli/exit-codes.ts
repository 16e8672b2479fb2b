import type { ErrorCode } from "../contract/errors/index.ts";

/** What the command line exits with. Scripts may rely on these. */
export const EXIT = {
  ok: 0,
  /** It went wrong; the error's code says how. */
  failed: 1,
  /** The command was not understood. */
  usage: 2,
  /** The plugin does not compile. */
  build: 3,
  /** Tests failed. */
  tests: 4,
  /** No device could be reached, or it did not answer. */
  unreachable: 5,
  /** Another version makes something else of the inputs; nothing went wrong. */
  differs: 6,
  /** The deploy waits for a person's approval. */
  waiting: 7,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_OF: Readonly<Partial<Record<ErrorCode, ExitCode>>> = {
  E_CLI_OPTION: EXIT.usage,
  E_COMPILE: EXIT.build,
  E_CLI_TESTS: EXIT.tests,
  E_CLI_NO_TESTS: EXIT.tests,
  E_CLI_NO_DEVICE: EXIT.unreachable,
  E_CLI_UNREACHABLE: EXIT.unreachable,
  E_CLI_TIMEOUT: EXIT.unreachable,
  E_TRANSFER_STALLED: EXIT.unreachable,
};

export function exitCodeOf(code: ErrorCode): ExitCode {
  return EXIT_OF[code] ?? EXIT.failed;
}
