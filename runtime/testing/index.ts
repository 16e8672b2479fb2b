import { after } from "node:test";
import { createEngine } from "./engine.ts";
import { entryBeside, PluginTest, type TestOptions } from "./plugin-test.ts";

export type { Matcher, Published } from "./expectation.ts";
export type { PluginTest, TestDeadLetter } from "./plugin-test.ts";

/**
 * The plugin beside this test, at work: `const t = await testPlugin(import.meta)`. Call it inside a `test()` of node:test;
 * it is closed when the file's tests are over. Runs in Wasmtime where the native addon is built, in V8 elsewhere.
 */
export async function testPlugin(meta: { url: string }, options: Omit<TestOptions, "engine"> = {}): Promise<PluginTest> {
  const engine = await createEngine();
  const test = await PluginTest.start(entryBeside(meta, options.entry), { ...options, engine });
  after(async () => {
    await test.close();
    engine.close();
  });
  return test;
}
