import { expect, test } from "vitest";
import { Answers } from "../../../../runtime/mqtt/bridge/answers.ts";

const artefact = (n: number) => n.toString(16).padStart(64, "0");
const message = (topic: string) => ({ topic, payload: Buffer.from(""), qos: 1, retain: false }) as const;
const want = (n: number) => message(`steppps/edge/want/${artefact(n)}`);

test("an answer goes where its request came from, whatever its topic", () => {
  const answers = new Answers("edge");
  const topic = "steppps/edge/rpc/status/7/reply";
  for (const [answer, goes] of [
    ["here", false],
    ["there", true],
  ] as const) {
    const said = { ...message(topic), answer };
    expect(answers.goesThere(said)).toBe(goes);
    expect(answers.isAnswer(said)).toBe(true);
  }
  // What plugins say where somebody wants his answer is none
  expect(answers.goesThere(message("me/it"))).toBe(false);
  expect(answers.isAnswer(message("me/it"))).toBe(false);
});

test("what is wanted of an artefact goes where that is offered", () => {
  const answers = new Answers("edge");
  answers.note(message(`steppps/edge/offer/${artefact(0)}`));
  answers.note(message("steppps/edge/offer/what"));
  expect(answers.goesThere(want(0))).toBe(true);
  expect(answers.goesThere(want(1))).toBe(false);
  expect(answers.goesThere(message("steppps/edge/want/what"))).toBe(false);
  expect(answers.isAnswer(want(1))).toBe(true);
});

test("offers are forgotten, the oldest first", () => {
  const answers = new Answers("edge");
  for (let n = 0; n < 257; n++) answers.note(message(`steppps/edge/offer/${artefact(n)}`));
  expect(answers.goesThere(want(0))).toBe(false);
  expect(answers.goesThere(want(1))).toBe(true);
});
