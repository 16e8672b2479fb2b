import { expect, test } from "vitest";
import { Answers } from "../../../../runtime/mqtt/bridge/answers.ts";
import { Echoes } from "../../../../runtime/mqtt/bridge/echoes.ts";

const bytes = (text: string) => Buffer.from(text);

test("what was sent comes back as often as it was sent, and for a while", () => {
  let now = 0;
  const echoes = new Echoes(() => now);
  echoes.sent("a", bytes("1"));
  echoes.sent("a", bytes("1"));
  expect(echoes.isEcho("a", bytes("2"))).toBe(false);
  expect(echoes.isEcho("b", bytes("1"))).toBe(false);
  expect([1, 2, 3].map(() => echoes.isEcho("a", bytes("1")))).toEqual([true, true, false]);
  echoes.sent("a", bytes("1"));
  now = 61_000;
  expect(echoes.isEcho("a", bytes("1"))).toBe(false);
});

test("what never comes back is forgotten, the oldest first", () => {
  const echoes = new Echoes(() => 0);
  for (let i = 0; i < 10_001; i++) echoes.sent(`t/${i}`, bytes(""));
  expect(echoes.isEcho("t/0", bytes(""))).toBe(false);
  expect(echoes.isEcho("t/10000", bytes(""))).toBe(true);
});

test("what is asked over the uplink is answered there", () => {
  const answers = new Answers("edge");
  const command = { payload: bytes(""), qos: 1, retain: false } as const;
  answers.note({ ...command, topic: "steppps/edge/rpc/status/7", responseTopic: "me/it" });
  answers.note({ ...command, topic: "steppps/edge/offer/abc" });
  const said = (topic: string, more: { answer?: true } = {}) => ({ ...command, topic, ...more });
  for (const topic of ["steppps/edge/rpc/status/7/reply", "steppps/edge/want/abc"]) expect(answers.has(said(topic))).toBe(true);
  expect(answers.has(said("me/it", { answer: true }))).toBe(true);
  // What plugins say where somebody wants his answer is none
  expect(answers.has(said("me/it"))).toBe(false);
  expect(answers.isAnswer(said("me/it"))).toBe(false);
  expect(answers.has(said("steppps/edge/rpc/status/8/reply"))).toBe(false);
  expect(answers.isAnswer(said("steppps/edge/rpc/status/8/reply"))).toBe(true);
  expect(answers.isAnswer(said("steppps/edge/events"))).toBe(false);
});
