import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCompiler } from "../../../assembly/compiler/index.ts";

const CHECKOUT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[\\/]$/, "");
let folder: string;

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "plugin-")), "warm-attic");
  await cp(join(CHECKOUT, "assembly/template"), folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), "utf8");
    const filled = text
      .replaceAll("STEPPPS", CHECKOUT.replaceAll("\\", "/"))
      .replaceAll("MyRule", "WarmAttic")
      .replaceAll("my-rule", "warm-attic");
    await writeFile(join(folder, name), filled);
  }
});
afterAll(() => rm(join(folder, ".."), { recursive: true }));

/** What an editor marks in the author's files of a project; errors inside the SDK show only to one who opens it. */
async function marked(project: string): Promise<string[]> {
  const output = await new Promise<string>((resolve) => {
    const tsc = join(CHECKOUT, "node_modules/typescript/bin/tsc");
    execFile(process.execPath, [tsc, "--noEmit", "--pretty", "false", "-p", project], { cwd: CHECKOUT }, (_, stdout) =>
      resolve(stdout),
    );
  });
  return output.split("\n").filter((line) => /(?:^|\/)plugin(?:\.test)?\.ts\(.*: error /.test(line));
}

test("a new plugin and its test show no errors in an editor", async () => {
  expect(await marked(join(folder, "tsconfig.plugin.json"))).toEqual([]);
  expect(await marked(join(folder, "tsconfig.test.json"))).toEqual([]);
});

test("nor do the examples", async () => {
  expect(await marked("assembly/examples/tsconfig.plugin.json")).toEqual([]);
  expect(await marked("assembly/examples/tsconfig.test.json")).toEqual([]);
});

test("an editor knows the types", async () => {
  const entry = join(folder, "plugin.ts");
  const source = await readFile(entry, "utf8");
  await writeFile(entry, source.replace('json().f64("value")', "json().f64(5)").replace('@every("1h")', "@every(5)"));
  const errors = await marked(join(folder, "tsconfig.plugin.json"));
  await writeFile(entry, source);
  expect(errors).toHaveLength(2);
  expect(errors.join("\n")).toMatch(/'number' is not assignable to parameter of type 'string'/);
});

test("a new plugin compiles under its own name", async () => {
  const result = await (await createCompiler()).compile({ entry: join(folder, "plugin.ts") });
  expect(result).toMatchObject({
    ok: true,
    warnings: [],
    manifest: { name: "warm-attic", capabilities: { publish: ["alerts/{room}"] } },
  });
});
