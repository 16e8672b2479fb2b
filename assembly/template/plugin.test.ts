import { test } from "node:test";
import { testPlugin } from "steppps/test";

test("one alert for each time that it gets too warm", async () => {
  const t = await testPlugin(import.meta, { config: { room: "attic", limit: 30 } });
  await t.publish("sensors/attic/temperature", { value: 29.5 });
  t.expectNothingPublished();
  await t.publish("sensors/attic/temperature", { value: 31 });
  t.expectPublished("alerts/attic", { celsius: 31, limit: 30 });
  await t.publish("sensors/attic/temperature", { value: 32 });
  t.expectNothingPublished();
});

test("a restart does not raise the same alert again", async () => {
  const t = await testPlugin(import.meta, { config: { room: "attic" } });
  await t.publish("sensors/attic/temperature", { value: 28 });
  t.expectPublished("alerts/attic");
  await t.restart("10m");
  await t.publish("sensors/attic/temperature", { value: 28 });
  t.expectNothingPublished();
});
