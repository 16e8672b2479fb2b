import { test } from "node:test";
import { testPlugin } from "steppps/test";

test("says once that it is high, and once that it is well again", async () => {
  const t = await testPlugin(import.meta, { config: { load: 4 } });
  await t.publish("machine/load", { load1: 3.9, load5: 3, load15: 2 });
  t.expectNothingPublished();
  await t.publish("machine/load", { load1: 4.2 });
  t.expectPublished("alerts/machine", { what: "load", level: "high", value: 4.2, limit: 4, wrong: ["load"] });
  await t.publish("machine/load", { load1: 9 });
  await t.publish("machine/load", { load1: 3.8 });
  t.expectNothingPublished();
  await t.publish("machine/load", { load1: 3.5 });
  t.expectPublished("alerts/machine", { what: "load", level: "ok", wrong: [] });
});

test("remembers what is wrong through a restart", async () => {
  const t = await testPlugin(import.meta);
  await t.publish("machine/disk", { total: 100, free: 5, used_percent: 95 });
  await t.publish("machine/memory", { used_percent: 97 });
  t.expectPublished("alerts/machine", { what: "disk" });
  t.expectPublished("alerts/machine", { what: "memory", wrong: ["disk", "memory"] });
  await t.restart();
  await t.publish("machine/disk", { used_percent: 96 });
  t.expectNothingPublished();
  await t.publish("machine/disk", { used_percent: 50 });
  t.expectPublished("alerts/machine", { what: "disk", level: "ok", wrong: ["memory"] });
});

test("a machine that lacks a sensor is not ill", async () => {
  const t = await testPlugin(import.meta);
  await t.publish("machine/temperature", {});
  await t.publish("machine/pressure", { cpu_some10: 80 });
  t.expectNothingPublished();
});
