import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../../runtime/cli/commands.ts";
import { completionScript, type Shell } from "../../../runtime/cli/completion/index.ts";
import { systemProgram } from "../../support/system.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "steppps-completion-"));
  for (const shell of ["bash", "zsh", "fish"] as const) writeFileSync(join(dir, shell), completionScript(shell, COMMANDS));
}, 300_000);
afterAll(() => rmSync(dir, { recursive: true }));

/** What each real shell offers after `line`. */
const COMPLETE: Record<Shell, (line: string) => string[]> = {
  bash: (line) => {
    const words = line.split(" ");
    const script = `source ${join(dir, "bash")}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _steppps; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run("/bin/bash", ["-c", script]);
  },
  zsh: (line) => {
    // Outside a terminal zsh completes nothing: the function is called as zsh would, with _describe in its place.
    const words = line.split(" ");
    const script = `compdef() {}; _files() {}; _describe() { for c in $choices; do print -r -- "\${c%%:*}"; done }; words=(${words.map((word) => `'${word}'`).join(" ")}); CURRENT=${words.length}; source ${join(dir, "zsh")}; _steppps`;
    const typed = words.at(-1) ?? "";
    return run(systemProgram("zsh"), ["-fc", script]).filter((word) => word.startsWith(typed));
  },
  fish: (line) =>
    run(systemProgram("fish"), ["--no-config", "-c", `source ${join(dir, "fish")}; complete -C '${line}'`]).map(
      (offer) => offer.split("\t")[0] as string,
    ),
};

function run(shell: string, args: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync(shell, args, { encoding: "utf8", env: { ...process.env, HOME: dir } });
  expect(stderr).toBe("");
  return stdout.split("\n").filter(Boolean).sort();
}

/** The verbs of the table below a verb. */
function verbsBelow(verb?: string): string[] {
  const commands = verb === undefined ? COMMANDS : COMMANDS.find(({ name }) => name === verb)?.commands;
  return (commands ?? []).map(({ name }) => name);
}

describe.each(["bash", "zsh", "fish"] as const)("%s", (shell) => {
  test.each([
    ["steppps ", verbsBelow()],
    ["steppps st", ["start", "status"]],
    ["steppps keys ", verbsBelow("keys")],
    ["steppps plugin de", ["dead-letters", "deploy", "deploys", "dev"]],
    ["steppps plugin dead-letters ", ["drop", "list", "replay", "show"]],
  ])(
    "offers after %j the verbs there",
    (line, verbs) => {
      expect(COMPLETE[shell](line)).toEqual([...verbs].sort());
    },
    300_000,
  );

  test("offers a command's options", () => {
    expect(COMPLETE[shell]("steppps plugin logs --")).toEqual(
      expect.arrayContaining(["--broker", "--device", "--follow", "--json", "--limit"]),
    );
  }, 300_000);
});
