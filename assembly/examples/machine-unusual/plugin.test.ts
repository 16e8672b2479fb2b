import { test } from "node:test";
import { type PluginTest, testPlugin } from "steppps/test";

const MODEL = "../../models/telemetry";

/** One round of readings, in the order in which a device publishes them. */
async function round(t: PluginTest, { load = 0.4, written = 20_000, waiting = 0 } = {}): Promise<void> {
  await t.publish("machine/load", { load1: load, load5: load, running: 2, threads: 300 });
  await t.publish("machine/pressure", { cpu_some10: 1, memory_some10: waiting, io_some10: waiting });
  await t.publish("machine/memory", { used_percent: 20 });
  await t.publish("machine/disk", { read_per_s: 0, written_per_s: written });
  await t.publish("machine/network", { received_per_s: 2_000, sent_per_s: 2_000 });
}

test("the real model says what is unusual, once, and what stands out", async () => {
  const t = await testPlugin(import.meta, { models: { telemetry: MODEL } });
  for (let i = 0; i < 5; i++) await round(t, { waiting: 95, written: 5e9 });
  t.expectPublished("alerts/unusual", { unusual: true, model: "telemetry 1.0.0" });
  t.expectNothingPublished();
});

test("one odd moment is none, and three in a row are told, and when they are over", async () => {
  let score = 0.2;
  const residuals = [0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0];
  const answer = () => ({ score, outputs: [{ values: [1] }, { values: residuals }] });
  const t = await testPlugin(import.meta, { models: { telemetry: answer } });
  for (score of [5, 5, 0.2, 5, 5]) await round(t);
  t.expectNothingPublished();
  await round(t);
  t.expectPublished("alerts/unusual", { unusual: true, score: 5, reading: "cpu_some10" });
  for (score of [0.2, 0.2, 0.2]) await round(t);
  t.expectPublished("alerts/unusual", { unusual: false });
  t.expectNothingPublished();
});

test("a device without the model says nothing", async () => {
  const t = await testPlugin(import.meta);
  await round(t);
  t.expectNothingPublished();
});
