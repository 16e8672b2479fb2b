import { expect, test } from "vitest";
import { type Message, utf8 } from "../../../runtime/contract/index.ts";
import { Expectations } from "../../../runtime/testing/expectation.ts";

const message = (topic: string, payload: string | Uint8Array): Message => ({
  topic,
  payload: typeof payload === "string" ? utf8(payload) : payload,
  qos: 0,
  retain: false,
});
const from = () => {};

test("claims the first message that matches, each once", () => {
  const open = new Expectations();
  open.add([
    message("a/1", '{"on":true,"level":7}'),
    message("a/2", "text"),
    message("a/1", '{"on":false}'),
    message("b", new Uint8Array([255])),
  ]);
  expect(open.expect("a/+", { on: false }, from)).toMatchObject({ topic: "a/1", value: { on: false } });
  expect(open.expect("a/1", { level: 7 }, from)).toMatchObject({ value: { on: true, level: 7 } });
  expect(open.expect("a/+", "text", from)).toMatchObject({ topic: "a/2" });
  expect(open.expect("#", (value: Uint8Array) => value[0] === 255, from)).toMatchObject({ topic: "b" });
  open.expectNothing(from);
  expect(() => open.expect("a/1", undefined, from)).toThrowError("nothing was published");
});

test("says what was there in its place", () => {
  const open = new Expectations();
  open.add([message("lamp/set", '{"state":"ON"}')]);
  expect(() => open.expect("lamp/set", { state: "OFF" }, from)).toThrowError(
    /expected a message on lamp\/set \{"state":"OFF"\}\npublished:\n {2}lamp\/set \{"state":"ON"\}/,
  );
  expect(() => open.expectNothing(from)).toThrowError("expected nothing more");
  open.clear();
  open.expectNothing(from);
});
