import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { createBuild } from "./build.ts";
import { createEngine } from "./engine.ts";
import type { TestModel, TestModels } from "./models.ts";
import { type BuiltPlugin, PluginTest, type TestOptions } from "./plugin-test.ts";

export type { Matcher, Published } from "./expectation.ts";
export type { TestModel, TestTensor } from "./models.ts";
export type { PluginTest, TestDeadLetter } from "./plugin-test.ts";

interface Options extends Omit<TestOptions, "engine" | "inferences"> {
  /** The models that it asks, by name. Paths are relative to the test. */
  readonly models?: Readonly<Record<string, TestModel>>;
  /** The plugin's source; `plugin.ts` where absent. */
  readonly entry?: string;
  /** The version before, which it takes over from: to test a migration. */
  readonly from?: {
    /** Its source. */
    readonly entry: string;
    /** What happens to that version first. */
    before?(t: PluginTest): Promise<void>;
  };
}

/**
 * The plugin beside this test, at work: `const t = await testPlugin(import.meta)`. Call it inside a `test()` of node:test;
 * it is closed when the file's tests are over. Runs in Wasmtime where the native addon is built, in V8 elsewhere.
 */
export const testPlugin = createTestPlugin();

function createTestPlugin() {
  const build = createBuild();
  return async (meta: { url: string }, { entry = "plugin.ts", from, models, ...options }: Options = {}): Promise<PluginTest> => {
    // Said before the first await: node:test knows only then which test this is.
    const opened = new AsyncDisposableStack();
    after(() => opened.disposeAsync());
    const [built, old] = await Promise.all(
      [entry, ...(from ? [from.entry] : [])].map((path) => build(fileURLToPath(new URL(path, meta.url)))),
    );
    const engine = await createEngine();
    opened.defer(() => engine.close());
    const inferences = models && (await openModels(models, meta.url));
    if (inferences) opened.defer(() => inferences.close());
    const given = { ...options, engine, ...(inferences && { inferences }) };
    const test = await PluginTest.start((old ?? built) as BuiltPlugin, given);
    opened.defer(() => test.close());
    if (old) {
      await from?.before?.(test);
      await test.upgrade(built as BuiltPlugin);
    }
    return test;
  };
}

/** What runs models takes long to load, and most plugins ask none. */
async function openModels(models: Readonly<Record<string, TestModel>>, url: string): Promise<TestModels> {
  const { TestModels } = await import("./models.ts");
  const located = Object.entries(models).map(([name, model]): [string, TestModel] => [
    name,
    typeof model === "string" ? fileURLToPath(new URL(model, url)) : model,
  ]);
  return TestModels.open(Object.fromEntries(located));
}
