import { expect, test } from "vitest";
import { Gather } from "../../../../runtime/mqtt/external/gather.ts";

/** Reads of `bytes` every `ms`, for a tenth of a second; how many of them were followed by a wait. */
function waits(bytes: number, ms: number): number {
  const gather = new Gather();
  let waited = 0;
  for (let now = 0; now < 100; now += ms) if (gather.heard(bytes, now)) waited++;
  return waited;
}

test("a quiet line is never held up, a busy one of small reads is", () => {
  expect(waits(270, 0.2)).toBe(0);
  expect(waits(270, 0.02)).toBeGreaterThan(4_000);
});

test("reads that bring much already are not held up", () => {
  expect(waits(32 * 1024, 0.5)).toBe(0);
});
