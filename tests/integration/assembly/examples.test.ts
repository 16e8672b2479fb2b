import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { type Compiler, createCompiler } from "../../../assembly/compiler/index.ts";

const EXAMPLES = fileURLToPath(new URL("../../../assembly/examples/", import.meta.url));
const names = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

let compiler: Compiler;
beforeAll(async () => {
  compiler = await createCompiler();
});

test.each(names)("$name compiles without a warning, under its folder's name", async ({ name }) => {
  const result = await compiler.compile({ entry: join(EXAMPLES, name, "plugin.ts") });
  expect(result).toMatchObject({ ok: true, warnings: [], manifest: { name } });
  expect(result.ok && result.manifest.description?.length).toBeGreaterThan(20);
  expect(result.ok && result.wasm.length).toBeLessThan(48 * 1024);
});
