import { test } from "node:test";
import { testPlugin } from "steppps/test";

const options = { config: { lights: "lounge, study", shortest: 1, longest: 5 }, start: "2026-03-02T17:00:00Z" };

test("lights go on and off through the evening while everybody is away", async () => {
  const t = await testPlugin(import.meta, options);
  await t.publish("home/away", "true");
  await t.advanceTo("2026-03-02T17:59:59Z");
  t.expectNothingPublished();
  await t.advanceTo("2026-03-02T19:00:00Z");
  for (const light of ["lounge", "study"]) {
    t.expectPublished(`zigbee2mqtt/${light}/set`, { state: "ON" });
    t.expectPublished(`zigbee2mqtt/${light}/set`, { state: "OFF" });
  }
  await t.advanceTo("2026-03-02T23:30:00Z");
  t.clearPublished();
  await t.advanceTo("2026-03-03T17:59:59Z");
  t.expectNothingPublished();
});

test("coming home ends it", async () => {
  const t = await testPlugin(import.meta, options);
  await t.publish("home/away", { away: true });
  await t.advanceTo("2026-03-02T18:00:00Z");
  await t.publish("home/away", "false");
  t.clearPublished();
  await t.advance("1d");
  t.expectNothingPublished();
});

test("nothing happens while someone is home", async () => {
  const t = await testPlugin(import.meta, options);
  await t.advance("1d");
  t.expectNothingPublished();
});
