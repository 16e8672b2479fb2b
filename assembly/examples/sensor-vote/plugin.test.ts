import { test } from "node:test";
import { testPlugin } from "steppps/test";

const level = (sensor: string, percent: number) => [`tank/${sensor}/level`, { percent }] as const;

test("two of three decide", async () => {
  const t = await testPlugin(import.meta);
  await t.publish(...level("a", 99));
  t.expectNothingPublished();
  await t.publish(...level("b", 40));
  t.expectPublished("valve/overflow/set", { position: "closed", votes: 1, voters: 2 });
  await t.publish(...level("c", 41));
  t.expectNothingPublished();
  await t.publish(...level("c", 95));
  t.expectPublished("valve/overflow/set", { position: "open", votes: 2, voters: 3 });
  await t.publish(...level("a", 30));
  t.expectPublished("valve/overflow/set", { position: "closed", votes: 1, voters: 3 });
});

test("a silent sensor has no vote, and with one left the valve opens", async () => {
  const t = await testPlugin(import.meta);
  for (const sensor of ["a", "b", "c"]) await t.publish(...level(sensor, 50));
  t.expectPublished("valve/overflow/set", { position: "closed" });
  await t.advance("20s");
  await t.publish(...level("a", 50));
  await t.publish(...level("b", 50));
  await t.advance("15s");
  t.expectNothingPublished();
  await t.advance("15s");
  t.expectPublished("valve/overflow/set", { position: "open", votes: 0 });
});

test("a sensor that died before a power cut is dead after it", async () => {
  const t = await testPlugin(import.meta);
  for (const sensor of ["a", "b"]) await t.publish(...level(sensor, 50));
  t.expectPublished("valve/overflow/set", { position: "closed" });
  await t.restart("1m");
  t.expectPublished("valve/overflow/set", { position: "open" });
});
