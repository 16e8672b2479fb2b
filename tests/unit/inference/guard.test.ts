import fc from "fast-check";
import { expect, test } from "vitest";
import type { Guard } from "../../../runtime/contract/index.ts";
import { guardScore } from "../../../runtime/inference/guard.ts";
import { doublingModel, floats } from "../../support/sample-model.ts";

const score = (guard: Guard | undefined, input: readonly number[], output: readonly number[] = input) => {
  const { manifest } = doublingModel(guard && { guard });
  return guardScore(manifest, [floats([input.length / 2, 2], input)], [floats([output.length / 2, 2], output)]);
};

test("a model without a guard has no score", () => {
  expect(score(undefined, [1, 2])).toBeUndefined();
});

test("an output as the guard: its largest value, as a share of the threshold", () => {
  const guard: Guard = { kind: "output", output: "y", threshold: 4 };
  expect(score(guard, [0, 0], [1, 3])).toBe(0.75);
  expect(score(guard, [0, 0, 0, 0], [1, 3, 8, -20])).toBe(2);
  expect(score(guard, [0, 0], [-5, -6])).toBe(0);
});

test("what is no number is unusual beyond measure", () => {
  expect(score({ kind: "output", output: "y", threshold: 4 }, [0, 0], [1, Number.NaN])).toBe(Number.POSITIVE_INFINITY);
  const distance: Guard = { kind: "mahalanobis", of: { output: "y" }, mean: [0, 0], whiten: [1, 0, 1], threshold: 1 };
  expect(score(distance, [0, 0], [1, Number.NaN])).toBe(Number.POSITIVE_INFINITY);
});

test("Mahalanobis distance is that of the covariance it was whitened by", () => {
  // covariance [[4, 2], [2, 5]] = L·Lᵀ with L = [[2, 0], [1, 2]]; its inverse is [[5, -2], [-2, 4]] / 16
  const guard: Guard = { kind: "mahalanobis", of: { input: "x" }, mean: [1, -1], whiten: [0.5, -0.25, 0.5], threshold: 2 };
  const value = fc.float({ min: -100, max: 100, noNaN: true });
  fc.assert(
    fc.property(value, value, (x, y) => {
      const [a, b] = [Math.fround(x) - 1, Math.fround(y) + 1];
      const distance = Math.sqrt((5 * a * a - 4 * a * b + 4 * b * b) / 16);
      expect(score(guard, [x, y])).toBeCloseTo(distance / 2, 6);
    }),
  );
  expect(score(guard, [1, -1, 5, -1])).toBeCloseTo(Math.sqrt((5 * 16) / 16) / 2, 9);
});
