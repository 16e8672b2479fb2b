import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { steppps } from "../../support/cli.ts";

/** A folder outside the checkout, as authors have: nothing is installed in it. */
let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "steppps-author-"));
});
afterAll(() => rmSync(work, { recursive: true }));

const run = (...args: string[]) => steppps(args, { data: join(work, "data"), cwd: work });
const failing = async (...args: string[]) => {
  const { code, stderr } = await run(...args, "--json");
  return { code, error: JSON.parse(stderr.trim().split("\n").at(-1) as string).error.code };
};

test("a new plugin has the name it was given, and its tests pass as they are", async () => {
  expect((await run("plugin", "new", "attic-fan")).code).toBe(0);
  expect(readFileSync(join(work, "attic-fan/plugin.ts"), "utf8")).toContain("class AtticFan");
  const { code, stdout } = await run("plugin", "test", "attic-fan", "--report", "report.tap", "--json");
  expect(JSON.parse(stdout)).toEqual({ files: [join(work, "attic-fan/plugin.test.ts")], passed: true });
  expect(readFileSync(join(work, "report.tap"), "utf8")).toMatch(/^# fail 0$/m);
  expect(code).toBe(0);
  const { manifest } = JSON.parse((await run("plugin", "build", "attic-fan", "--json")).stdout);
  expect(manifest).toMatchObject({ name: "attic-fan", version: "0.1.0" });
});

test("nothing of the author's is overwritten", async () => {
  await run("plugin", "new", "hall");
  expect(await failing("plugin", "new", "hall")).toEqual({ code: 1, error: "E_CLI_EXISTS" });
});

test.each(["Hall", "9", "a_b", "..", "a/.."])("%j is not a plugin's name", async (name) => {
  expect(await failing("plugin", "new", name)).toEqual({ code: 2, error: "E_CLI_OPTION" });
});

test("tests that fail, and none at all, are told apart from tests that pass", async () => {
  writeFileSync(join(work, "red.test.ts"), 'import { test } from "node:test";\ntest("red", () => { throw new Error("no"); });\n');
  expect(await failing("plugin", "test", "red.test.ts")).toEqual({ code: 4, error: "E_CLI_TESTS" });
  mkdirSync(join(work, "empty"));
  expect(await failing("plugin", "test", "empty")).toEqual({ code: 4, error: "E_CLI_NO_TESTS" });
  expect(await failing("plugin", "test", "nowhere")).toEqual({ code: 1, error: "E_CLI_NO_PLUGIN" });
});

test("what does not compile is shown as an editor would, with exit code 3", async () => {
  await run("plugin", "new", "broken");
  const entry = join(work, "broken/plugin.ts");
  writeFileSync(entry, readFileSync(entry, "utf8").replace("const celsius =", "const celsius: string ="));
  const { code, stdout, stderr } = await run("plugin", "build", "broken");
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(/^error E_COMPILE/);
  expect(stderr).toMatch(/plugin\.ts:\d+:\d+ error: .*\n +\d+ \| .*celsius: string.*\n +\| +\^+/);
});
