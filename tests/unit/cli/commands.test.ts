import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Command } from "../../../runtime/cli/command.ts";
import { COMMANDS } from "../../../runtime/cli/commands.ts";
import { EXIT } from "../../../runtime/cli/exit-codes.ts";
import { parseCommandLine } from "../../../runtime/cli/program.ts";

/** Every command that runs, by its verbs: "plugin dead-letters show". */
function leaves(commands: readonly Command[], path: readonly string[] = []): [string, Command][] {
  return commands.flatMap((command) => {
    const verbs = [...path, command.name];
    return command.commands ? leaves(command.commands, verbs) : [[verbs.join(" "), command] as [string, Command]];
  });
}

function parse(line: string) {
  let stdout = "";
  let stderr = "";
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const parsed = parseCommandLine(line.split(" ").filter(Boolean), COMMANDS, "1.2.3", streams);
  return { parsed, stdout, stderr };
}

describe("the table of commands", () => {
  test.each(leaves(COMMANDS))("%s has a summary, an example that parses, and something that runs", async (verbs, command) => {
    expect(command.summary).toMatch(/^[a-z*].*[^.]$/);
    expect(command.example?.startsWith(verbs)).toBe(true);
    const [example = ""] = (command.example ?? "").split(" > ");
    expect(parse(example).parsed).toMatchObject({ command });
    expect(await command.load?.()).toHaveProperty("run");
  });

  test.each(leaves(COMMANDS))("%s --help shows the example and takes --json", (verbs, command) => {
    const { parsed, stdout } = parse(`${verbs} --help`);
    expect(parsed).toEqual({ exit: EXIT.ok });
    expect(stdout).toContain(`$ steppps ${command.example}`);
    expect(stdout).toContain("--json");
  });
});

describe("a command line", () => {
  test("gives arguments and options", () => {
    const { parsed } = parse("plugin logs hall -f -n 7 --device kitchen --broker mqtt://host --json");
    expect(parsed).toMatchObject({
      args: ["hall"],
      options: { follow: true, limit: "7", device: "kitchen", broker: "mqtt://host", json: true, timeout: "10s" },
    });
  });

  test("dead-letters alone lists them", () => {
    expect(parse("plugin dead-letters").parsed).toMatchObject({ command: { name: "list" }, args: [] });
    expect(parse("plugin dead-letters hall").parsed).toMatchObject({ command: { name: "list" }, args: ["hall"] });
    expect(parse("plugin dead-letters show hall 3").parsed).toMatchObject({ command: { name: "show" }, args: ["hall", "3"] });
  });

  test.each([
    "",
    "plugin",
    "bogus",
    "plugin bogus",
    "plugin rollback",
    "plugin rollback a b",
    "status --bogus",
    "status --device",
  ])("%j is a mistake, and says so on stderr", (line) => {
    const { parsed, stdout, stderr } = parse(line);
    expect(parsed).toEqual({ exit: EXIT.usage });
    expect(stdout).toBe("");
    expect(stderr).not.toBe("");
  });

  test("whatever is typed, it is a command or a mistake", () => {
    const known = leaves(COMMANDS).flatMap(([verbs]) => verbs.split(" "));
    const word = fc.oneof(fc.constantFrom(...known, "--json", "--device", "-f", "--", "-n", "help"), fc.string());
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const silent = { stdout: { write: () => true }, stderr: { write: () => true } };
        const parsed = parseCommandLine(words, COMMANDS, "1.2.3", silent);
        expect("exit" in parsed || parsed.command.load !== undefined).toBe(true);
      }),
    );
  });

  test("--version is the version", () => {
    expect(parse("--version")).toMatchObject({ parsed: { exit: EXIT.ok }, stdout: "1.2.3\n" });
  });
});
