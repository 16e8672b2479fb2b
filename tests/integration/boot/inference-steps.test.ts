import { expect, onTestFinished, test } from "vitest";
import { crossingNetwork } from "../../../assembly/models/crossing.ts";
import { InferenceSteps } from "../../../runtime/boot/inference-steps.ts";
import { sharedSubscriptions } from "../../../runtime/boot/shared-subscriptions.ts";
import { type InferenceStep, type Message, type SystemEvent, text, utf8 } from "../../../runtime/contract/index.ts";
import { Models } from "../../../runtime/inference/models.ts";
import { packageFolder } from "../../../runtime/inference/portable/package-folder.ts";
import { probePortable } from "../../../runtime/inference/portable/probe.ts";
import { systemClock, VirtualClock } from "../../../runtime/platform/index.ts";

const ROW = Array.from({ length: 64 }, (_, at) => at / 64);

/** Steps through a real model, without a broker. */
async function start(steps: readonly InferenceStep[]) {
  const clock = systemClock();
  const open = () => probePortable({ folders: [packageFolder() ?? ""] }, { clock });
  const models = new Models({ clock, providers: [{ name: "wasm", open }] });
  onTestFinished(() => models.close());
  const session = await models.load(
    { name: "crossing", bytes: async () => crossingNetwork() },
    { memoryBytes: 2 ** 26, loadMs: 60_000 },
  );
  models.put({ name: "crossing", version: "1.0.0", session });
  models.begin();
  const published: Message[] = [];
  const injected: string[] = [];
  const events: Omit<SystemEvent, "time">[] = [];
  const filters = new Set<string>();
  const subscribed = {
    subscribe: async (filter: string) => void filters.add(filter),
    unsubscribe: async (filter: string) => void filters.delete(filter),
  };
  const time = new VirtualClock(0);
  const running = new InferenceSteps({
    models,
    bus: { publish: async (message) => void published.push(message) },
    topics: subscribed,
    clock: time,
    events: { emit: (event) => void events.push(event) },
    inject: (topic) => void injected.push(topic),
  });
  await running.set(steps);
  const answers = async (count: number) => {
    await expect.poll(() => published.length, { timeout: 30_000 }).toBe(count);
    return published.map(({ topic, payload }) => ({ topic, ...JSON.parse(text(payload)) }));
  };
  return { running, published, injected, events, filters, answers, time };
}

test("a message goes through the model to another topic, and to the plugins", async () => {
  const { running, answers, injected, filters } = await start([
    { from: "raw/+", model: "crossing", to: "made/{1}", withinMs: 30_000 },
  ]);
  expect([...filters]).toEqual(["raw/+"]);
  running.hear({ topic: "raw/pump", payload: utf8(JSON.stringify(ROW)) });
  running.hear({ topic: "other/pump", payload: utf8("1") });
  const [answer] = await answers(1);
  expect(answer).toMatchObject({ topic: "made/pump", model: "crossing", version: "1.0.0", provider: "wasm" });
  expect(answer.outputs.out).toHaveLength(64);
  expect(injected).toEqual(["made/pump"]);
});

test("a window is answered when it is full, and with each message after that", async () => {
  const { running, answers } = await start([
    { from: "raw", model: "crossing", to: "made", fields: ["value"], window: 64, withinMs: 30_000 },
  ]);
  for (let at = 0; at < 66; at++) running.hear({ topic: "raw", payload: utf8(JSON.stringify({ value: at })) });
  expect(await answers(3)).toHaveLength(3);
});

test("what can't be answered is answered with the reason; the same is told once a minute", async () => {
  const { running, answers, events, time } = await start([
    { from: "raw", model: "crossing", to: "made" },
    { from: "raw", model: "nothing", to: "made" },
  ]);
  running.hear({ topic: "raw", payload: utf8("[1]") });
  running.hear({ topic: "raw", payload: utf8("[1]") });
  const codes = (await answers(4)).map(({ error }) => error.code).sort();
  expect(codes).toEqual(["E_INFER_MODEL", "E_INFER_MODEL", "E_INFER_SHAPE", "E_INFER_SHAPE"]);
  expect(events.map(({ kind, code }) => `${kind} ${code}`).sort()).toEqual([
    "inference.trouble E_INFER_MODEL",
    "inference.trouble E_INFER_SHAPE",
  ]);
  time.advance(60_000);
  running.hear({ topic: "raw", payload: utf8("[1]") });
  await answers(6);
  expect(events).toHaveLength(4);
});

test("steps that are changed take other topics, and what was collected is forgotten", async () => {
  const { running, filters, answers } = await start([{ from: "a", model: "crossing", to: "made" }]);
  await running.set([
    { from: "b", model: "crossing", to: "made", withinMs: 30_000 },
    { from: "c", model: "crossing", to: "made" },
  ]);
  expect([...filters].sort()).toEqual(["b", "c"]);
  running.hear({ topic: "a", payload: utf8(JSON.stringify(ROW)) });
  running.hear({ topic: "b", payload: utf8(JSON.stringify(ROW)) });
  expect(await answers(1)).toHaveLength(1);
});

test("a filter that two parts take stays until both have left it", async () => {
  const filters: string[] = [];
  const part = sharedSubscriptions({
    subscribe: async (filter) => void filters.push(`+${filter}`),
    unsubscribe: async (filter) => void filters.push(`-${filter}`),
  });
  const [one, other] = [part(), part()];
  await one.subscribe("a");
  await other.subscribe("a");
  await one.unsubscribe("a");
  expect(filters).toEqual(["+a", "+a"]);
  await other.unsubscribe("a");
  expect(filters).toEqual(["+a", "+a", "-a"]);
});
