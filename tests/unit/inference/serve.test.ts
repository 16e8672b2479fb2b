import { expect, test } from "vitest";
import type { Session } from "../../../runtime/contract/index.ts";
import { serveModel } from "../../../runtime/inference/serve.ts";
import { doublingModel, floats } from "../../support/sample-model.ts";

const session = {} as Session;

test("what the manifest fixes is held to, what it leaves open isn't", () => {
  const fixed = doublingModel({ inputs: [{ name: "x", dtype: "float32", dims: [2, -1] }] }).manifest;
  const { admit } = serveModel(fixed, session);
  expect(() => admit?.([floats([2, 5], Array(10).fill(0))])).not.toThrow();
  for (const tensor of [floats([1, 2], [0, 0]), floats([4], [0, 0, 0, 0])])
    expect(() => admit?.([tensor])).toThrow(expect.objectContaining({ code: "E_INFER_SHAPE" }));
});

test("values are looked at before the model is asked", () => {
  const { admit } = serveModel(doublingModel().manifest, session);
  expect(() => admit?.([floats([1, 2], [0, Number.NaN])])).toThrow(expect.objectContaining({ code: "E_INFER_RANGE" }));
});

test("a result has a score where there is a guard", () => {
  const input = [floats([1, 2], [1, 2])];
  expect(serveModel(doublingModel().manifest, session).score).toBeUndefined();
  const { manifest } = doublingModel({ guard: { kind: "output", output: "y", threshold: 2 } });
  expect(serveModel(manifest, session).score?.(input, [floats([1, 2], [3, 1])])).toBe(1.5);
});
