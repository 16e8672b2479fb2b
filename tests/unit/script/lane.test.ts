import { expect, test } from "vitest";
import { encodeInputs } from "../../../runtime/contract/index.ts";
import { countInputs, Lane } from "../../../runtime/script/sandbox/lane.ts";

const EMPTY = new Uint8Array(0);
const batchOf = (count: number) =>
  encodeInputs(
    Array.from({ length: count }, () => ({
      kind: "message" as const,
      handler: 0,
      time: 0,
      seed: 0n,
      name: "a/b",
      payload: EMPTY,
      meta: EMPTY,
    })),
  );

test("a guest runs inline once it has proved quick, and only in short batches", () => {
  const lane = new Lane();
  expect(lane.inline(1)).toBe(false);
  for (let i = 0; i < 16; i++) lane.ran(10, 20);
  expect(lane.inline(1)).toBe(true);
  expect(lane.inline(64)).toBe(true);
  expect(lane.inline(65)).toBe(false);
});

test("a guest that turns slow leaves the event loop, and comes back when it is quick again", () => {
  const lane = new Lane();
  for (let i = 0; i < 16; i++) lane.ran(1, 5);
  lane.ran(1, 5_000);
  expect(lane.inline(1)).toBe(false);
  for (let i = 0; i < 40; i++) lane.ran(1, 5);
  expect(lane.inline(1)).toBe(true);
});

test.each([0, 1, 2, 64])("counts %d inputs of a batch", (count) => {
  expect(countInputs(batchOf(count))).toBe(count);
});

test("counts no further than it matters", () => {
  expect(countInputs(batchOf(500))).toBe(65);
});
