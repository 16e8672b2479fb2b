import fc from "fast-check";
import { expect, test } from "vitest";
import { Durations } from "../../../../runtime/script/workflow/durations.ts";

test("a quantile is right to a sixteenth, and never above the longest", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1 }),
      fc.constantFrom(0.5, 0.99, 1),
      (list, share) => {
        const durations = new Durations();
        for (const ms of list) durations.add(ms, 1);
        const sorted = list.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(list.length * share) - 1)] as number;
        const found = durations.quantile(share);
        expect(found).toBeGreaterThanOrEqual(Math.min(exact - 0.001, durations.max));
        expect(found).toBeLessThanOrEqual(Math.min(durations.max, exact * (1 + 1 / 16) + 0.001));
        expect(durations.count).toBe(list.length);
      },
    ),
  );
});

test("what is shown holds each once, and none below its bound", () => {
  const durations = new Durations();
  for (const ms of [0, 0.02, 0.2, 3, 3, 70, 1e9]) durations.add(ms, 1);
  const { bounds, counts, sum } = durations.histogram();
  expect(counts).toHaveLength(bounds.length + 1);
  expect(counts.reduce((all, one) => all + one)).toBe(7);
  expect(counts.at(-1)).toBe(1);
  expect(bounds.flatMap((bound, i) => ((counts[i] ?? 0) > 0 ? [[bound, counts[i]]] : []))).toEqual([
    [0.05, 2],
    [0.25, 1],
    [5, 2],
    [100, 1],
  ]);
  expect(sum).toBeCloseTo(1e9 + 76.22, 1);
});

test("a clock that was set back counts as no time at all", () => {
  const durations = new Durations();
  durations.add(-5, 2);
  expect(durations.quantile(0.99)).toBe(0);
  expect(durations.total).toBe(0);
});
