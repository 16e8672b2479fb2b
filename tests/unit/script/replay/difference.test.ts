import { describe, expect, test } from "vitest";
import { ABI_CALLS, concat, encodeEffect, encodeInputs, type Input, utf8 } from "../../../../runtime/contract/index.ts";
import { batchDifferences, formatDifference } from "../../../../runtime/script/replay/difference.ts";

const call = (name: string) => ABI_CALLS.findIndex((one) => one.name === name);
const publish = (input: number, topic: string, payload: string, flags = 0) =>
  encodeEffect(input, call("publish"), [utf8(topic), utf8(payload), flags]);
const message = (name: string, payload: string): Input => ({
  kind: "message",
  handler: 0,
  time: 1_700_000_000_000,
  seed: 1n,
  name,
  payload: utf8(payload),
  meta: new Uint8Array(0),
});
const inputs = encodeInputs([message("a/1", "x"), message("a/2", "y")]);

describe("what two runs of a batch did otherwise", () => {
  test("nothing, where the bytes are the same", () => {
    const effects = publish(0, "out", "1");
    expect(batchDifferences(7, inputs, { effects }, { effects: effects.slice() })).toEqual([]);
  });

  test("is told by input, with what each of them did", () => {
    const before = { effects: concat([publish(0, "out", "1"), publish(1, "out", "2")]) };
    const after = { effects: concat([publish(0, "out", "1"), publish(1, "out", "3", 0b101)]) };
    const found = batchDifferences(7, inputs, before, after);
    expect(found.flatMap(formatDifference)).toEqual([
      "#8 2023-11-14T22:13:20.000Z message a/2 y",
      "  - publish out 2",
      "  + publish out 3 qos 1 retained",
    ]);
  });

  test("an effect more often than before is a difference", () => {
    const before = { effects: publish(0, "out", "1") };
    const after = { effects: concat([publish(0, "out", "1"), publish(0, "out", "1")]) };
    expect(batchDifferences(0, inputs, before, after)).toMatchObject([{ seq: 0, before: [], after: ["publish out 1"] }]);
  });

  test("another order is a difference", () => {
    const before = { effects: concat([publish(0, "a", "1"), publish(0, "b", "1")]) };
    const after = { effects: concat([publish(0, "b", "1"), publish(0, "a", "1")]) };
    expect(batchDifferences(0, inputs, before, after)).toHaveLength(1);
  });

  test("a stop is told with what came before it", () => {
    const effects = publish(0, "out", "1");
    const found = batchDifferences(0, inputs, { effects }, { effects, stop: "E_GUEST_TRAP: unreachable" });
    expect(found.flatMap(formatDifference).at(-1)).toBe("  + stopped: E_GUEST_TRAP: unreachable");
  });

  test("bytes that are no text, and control characters, are shown in hexadecimal", () => {
    const effects = encodeEffect(0, call("state_set"), [utf8("k"), Uint8Array.of(0xff, 0x1b)]);
    const found = batchDifferences(0, inputs, { effects: new Uint8Array(0) }, { effects });
    expect(found[0]?.after).toEqual(["state k = 0xff1b"]);
  });
});
