import { test } from "node:test";
import { testPlugin } from "steppps/test";

test("an open door is nothing, a broken refrigerator escalates over hours", async () => {
  const t = await testPlugin(import.meta);
  await t.publish("cold/vaccines/temperature", { temperature: 9.5 });
  await t.advance("10m");
  await t.publish("cold/vaccines/temperature", { temperature: 5 });
  await t.advance("10m");
  t.expectNothingPublished();

  await t.publish("cold/vaccines/temperature", { temperature: 9 });
  await t.advance("10m");
  await t.publish("cold/vaccines/temperature", { temperature: 12.5 });
  await t.advance("5m");
  t.expectPublished("alerts/cold-chain/vaccines", { level: "warning", celsius: 12.5, minutes: 15 });
  for (let minutes = 0; minutes < 240; minutes += 20) {
    await t.publish("cold/vaccines/temperature", { temperature: 11 });
    await t.advance("20m");
  }
  t.expectPublished("alerts/cold-chain/vaccines", { level: "urgent", minutes: 75 });
  t.expectPublished("alerts/cold-chain/vaccines", { level: "critical", minutes: 255 });
  await t.publish("cold/vaccines/temperature", { temperature: 4 });
  t.expectPublished("alerts/cold-chain/vaccines", { level: "ok", celsius: 4 });
});

test("the escalation goes on through a restart, at its own time", async () => {
  const t = await testPlugin(import.meta, { config: { silent_after: "1d" } });
  await t.publish("cold/lab/temperature", { temperature: 20 });
  await t.advance("15m");
  t.expectPublished("alerts/cold-chain/lab", { level: "warning" });
  await t.restart("30m");
  t.expectNothingPublished();
  await t.advance("30m");
  t.expectPublished("alerts/cold-chain/lab", { level: "urgent", minutes: 75 });
});

test("each refrigerator has its own alarm, and a silent sensor is one", async () => {
  const t = await testPlugin(import.meta);
  await t.publish("cold/a/temperature", { temperature: 15 });
  await t.publish("cold/b/temperature", { temperature: 3 });
  await t.advance("15m");
  t.expectPublished("alerts/cold-chain/a", { level: "warning" });
  t.expectNothingPublished();
  await t.advance("15m");
  t.expectPublished("alerts/cold-chain/a", { level: "silent" });
  t.expectPublished("alerts/cold-chain/b", { level: "silent" });
});

test("a message without a temperature is put aside", async () => {
  const t = await testPlugin(import.meta);
  await t.publish("cold/a/temperature", { temperatur: 15 });
  const [letter] = await t.deadLetters();
  if (!letter) throw new Error("it should be among the dead letters");
});
