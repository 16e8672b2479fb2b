import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Of a stage that failed: what to show of it at the end, where the tail of a log has it. */
export interface Failure {
  readonly name: string;
  readonly lines: readonly string[];
}

/** Lines that are shown of a failed test. */
const ERROR_LINES = 12;

/** The part of vitest's report that is read here: Jest's format. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** The tests of a report that did not pass, with paths from `root`; a file that could not be run counts as one. */
export function vitestFailures({ testResults }: VitestReport, root: string): Failure[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status !== "passed");
    if (failed.length === 0 && status === "failed") return [{ name: file, lines: firstLines(message ?? "") }];
    return failed.map((test) => ({
      name: `${file} > ${test.fullName}${test.status === "failed" ? "" : ` (${test.status})`}`,
      lines: firstLines(test.failureMessages?.join("\n") ?? ""),
    }));
  });
}

/** Without the frames of the test runner. */
function firstLines(text: string): string[] {
  const lines = stripVTControlCharacters(text).trim().split("\n");
  return lines
    .filter((line) => !/^\s+at .*node_modules/.test(line) && !/^\s+at (new Promise|process\.)/.test(line))
    .slice(0, ERROR_LINES);
}
