import { expect, test } from "vitest";
import { CONTROL_VERBS, type ControlVerb, controlTopic, type Message, text, utf8 } from "../../../runtime/contract/index.ts";
import type { Delivery } from "../../../runtime/mqtt/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { Control, type Verb } from "../../../runtime/script/host/control.ts";

const WAITING = 256;

/** A control whose verbs all do `verb`, with its answers. */
function control(verb: Verb, deploy: () => Promise<never> = () => Promise.reject(new Error("no"))) {
  const said: { topic: string; value: { ok: boolean; error?: { code: string } } }[] = [];
  const publish = async ({ topic, payload }: Message) => void said.push({ topic, value: JSON.parse(text(payload)) });
  const made = new Control({
    device: "edge",
    bus: { publish, subscribe: async () => {} },
    host: { deploy },
    clock: new VirtualClock(),
    journal: { commit: async () => {} },
    verbs: Object.fromEntries(CONTROL_VERBS.map((name) => [name, verb])) as Record<ControlVerb, Verb>,
    refused() {
      throw new Error("a listener that fails");
    },
  });
  const send = (topic: string, payload: string) => {
    const message: Delivery = { topic, payload: utf8(payload), qos: 1, retain: false, duplicate: false, from: "test", ops: [] };
    return new Promise<void>((resolve, reject) => made.take(message, (error) => (error ? reject(error) : resolve())));
  };
  const ask = (id: string) => send(controlTopic.do("edge", "status"), JSON.stringify({ id }));
  return { said, ask, send };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("of a flood of requests few are carried out at once, some wait, the rest are told to come again", async () => {
  let most = 0;
  let now = 0;
  const release: (() => void)[] = [];
  const { said, ask } = control(async () => {
    most = Math.max(most, ++now);
    await new Promise<void>((resolve) => release.push(resolve));
    now--;
  });
  for (let i = 0; i < 2000; i++) await ask(`r${i}`);
  await turn();
  expect(said.every(({ value }) => value.error?.code === "E_CONTROL_BUSY")).toBe(true);
  while (release.length > 0) {
    for (const go of release.splice(0)) go();
    await turn();
  }
  expect(said).toHaveLength(2000);
  expect(said.filter(({ value }) => value.ok)).toHaveLength(WAITING + most);
  expect(most).toBeLessThanOrEqual(16);
});

test("an answer that cannot be written ends nothing", async () => {
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  let answer: unknown = loop;
  const { said, ask } = control(() => answer);
  await ask("first");
  answer = 1;
  await ask("second");
  await turn();
  expect(said).toEqual([{ topic: controlTopic.done("edge", "second"), value: { ok: true, value: 1 } }]);
});

test("a deploy whose failure cannot be told does not end the deploys", async () => {
  const { send } = control(() => 1);
  const topic = controlTopic.deploy("edge");
  await Promise.all([send(topic, "a"), send(topic, "b")]);
});
