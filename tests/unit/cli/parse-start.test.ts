import { expect, test } from "vitest";
import { COMMANDS } from "../../../runtime/cli/commands.ts";
import { parseCommandLine } from "../../../runtime/cli/program.ts";
import { parseStart } from "../../../runtime/cli/start/parse.ts";

const QUIET = { stdout: { write: () => true }, stderr: { write: () => true } } as never;

test.each([
  [["start"]],
  [["start", "--no-examples"]],
  [["start", "--mqtt-port", "0", "--json"]],
  [["start", "--data=/tmp/x", "--engine", "v8", "--web-port=8081"]],
])("reads %j as the full parser does", (argv) => {
  const full = parseCommandLine(argv, COMMANDS, "0.0.0", QUIET);
  expect(parseStart(argv, COMMANDS)).toEqual({
    command: "command" in full && full.command,
    options: "options" in full && full.options,
  });
});

test.each([
  [["status"]],
  [[]],
  [["start", "--help"]],
  [["start", "--nonsense"]],
  [["start", "here"]],
  [["start", "--mqtt-port"]],
])("leaves %j to the full parser", (argv) => {
  expect(parseStart(argv, COMMANDS)).toBeUndefined();
});
