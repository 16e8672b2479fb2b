import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DEFAULT_WASMTIME, wasmtimeEngine } from "../../../runtime/script/index.ts";
import { createBuild } from "../../../runtime/testing/build.ts";
import { PluginTest } from "../../../runtime/testing/plugin-test.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const SOURCE = `
import { Message, on, publish, state, workflow } from "steppps";
@workflow({ version: "1.0.0", limits: { deadlineMs: 500 } })
class Spinner {
  @state total: f64 = 0;
  @on("spin") spin(message: Message): void {
    const rounds = message.json().i32("rounds");
    let x: f64 = 1;
    for (let i = 0; i < rounds; i++) x = x * 1.0000001 + 1;
    this.total += 1;
    publish("spun", x > 0 ? this.total.toString() : "");
  }
}`;

const engine = wasmtimeEngine({ ...DEFAULT_WASMTIME, instances: 8 });
afterAll(() => engine.close());

test("an input that is too slow for the event loop is handled all the same, once, and is no failure", async () => {
  using folder = tempFolder("inline");
  const entry = join(folder.path, "plugin.ts");
  writeFileSync(entry, SOURCE);
  const t = await PluginTest.start(await createBuild()(entry), { engine });
  try {
    for (let i = 0; i < 40; i++) await t.publish("spin", { rounds: 1 });
    await t.publish("spin", { rounds: 20_000_000 });
    await t.publish("spin", { rounds: 1 });
    expect(t.state).toEqual({ total: 42 });
    expect(await t.deadLetters()).toEqual([]);
    t.expectPublished("spun", 41);
  } finally {
    await t.close();
  }
});
