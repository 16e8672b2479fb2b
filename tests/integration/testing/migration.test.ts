import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steppps } from "../../support/cli.ts";
import { temporaryFolder } from "../mqtt/support.ts";

const OLD = `import { Message, on, state, workflow } from "steppps";
@workflow({ version: "1.0.0", name: "limits" }) class Limits {
  @state limit: i32 = 0;
  @on("limit") set(message: Message): void { this.limit = message.json().i32("limit"); }
}`;

const NEW = `import { Message, migrate, oldState, on, publish, publishes, state, workflow } from "steppps";
@publishes("over") @workflow({ version: "1.1.0", name: "limits" }) class Limits {
  @state most: f64 = 0;
  @migrate take(from: string): void { this.most = oldState("limit").asF64() / 10; }
  @on("value") value(message: Message): void { if (message.json().f64("value") > this.most) publish("over", "yes"); }
}`;

const TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlugin } from "steppps/test";
test("the limit is taken over in other units", async () => {
  const t = await testPlugin(import.meta, { from: { entry: "plugin-1.ts", before: (t) => t.publish("limit", { limit: 195 }) } });
  assert.deepEqual({ ...t.state }, { most: 19.5 });
  assert.equal(t.manifest.version, "1.1.0");
  await t.publish("value", { value: 20 });
  t.expectPublished("over");
  await t.restart();
  assert.deepEqual({ ...t.state }, { most: 19.5 });
});
`;

test("a plugin's author tests a migration with the version before", async () => {
  const folder = join(temporaryFolder(), "limits");
  mkdirSync(folder);
  writeFileSync(join(folder, "plugin-1.ts"), OLD);
  writeFileSync(join(folder, "plugin.ts"), NEW);
  writeFileSync(join(folder, "plugin.test.ts"), TEST);
  const { code, stdout, stderr } = await steppps(["plugin", "test", folder], { data: join(folder, "data"), cwd: folder });
  expect(`${stdout}${stderr}`).toContain("the limit is taken over");
  expect(code).toBe(0);
});
