import { test } from "node:test";
import { testPlugin } from "steppps/test";

test("one summary a minute for each sensor", async () => {
  const t = await testPlugin(import.meta);
  for (const value of [20, 22, 27]) await t.publish("telemetry/raw/boiler", { value, unit: "C" });
  await t.publish("telemetry/raw/tank", { value: -1.5 });
  t.expectNothingPublished();
  await t.advance("1m");
  t.expectPublished("telemetry/minute/boiler", { count: 3, min: 20, max: 27, mean: 23, last: 27 });
  t.expectPublished("telemetry/minute/tank", { count: 1, min: -1.5, max: -1.5, mean: -1.5, last: -1.5 });
  await t.advance("5m");
  t.expectNothingPublished();
});

test("a restart in the middle of a minute loses no reading", async () => {
  const t = await testPlugin(import.meta, { config: { field: "temperature" } });
  await t.publish("telemetry/raw/boiler", { temperature: 10 });
  await t.restart("5s");
  await t.publish("telemetry/raw/boiler", { temperature: 20 });
  await t.advance("1m");
  t.expectPublished("telemetry/minute/boiler", { count: 2, mean: 15 });
});
