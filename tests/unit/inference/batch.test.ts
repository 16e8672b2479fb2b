import fc from "fast-check";
import { expect, test } from "vitest";
import { concat, type Port, type Tensor } from "../../../runtime/contract/index.ts";
import { batchOf, mergeCalls, mergeKey, splitOutputs } from "../../../runtime/inference/batch.ts";
import { checkInputs } from "../../../runtime/inference/check.ts";

const port = (dims: (number | string)[]): Port => ({
  name: "x",
  dtype: "float32",
  dims: dims.map((dim) => (typeof dim === "number" ? dim : -1)),
  symbols: dims.map((dim) => (typeof dim === "string" ? dim : "")),
});
const rows = (count: number, width: number, first: number): Tensor => {
  const values = new Float32Array(count * width).map((_, index) => first + index);
  return { dtype: "float32", dims: [count, width], bytes: new Uint8Array(values.buffer) };
};

test("only a model whose every first dim is open and has one name takes several calls at once", () => {
  expect(batchOf([port(["n", 4])], [port(["n", 2]), port(["n"])])).toBeGreaterThan(1);
  expect(batchOf([port([1, 4])], [port([1, 2])])).toBe(1);
  expect(batchOf([port(["n", 4])], [port(["found", 2])])).toBe(1);
  expect(batchOf([port(["n", 4]), port([2, "n"])], [port(["n", 2])])).toBe(1);
  expect(batchOf([port(["", 4])], [port(["", 2])])).toBe(1);
  expect(batchOf([port([])], [port([])])).toBe(1);
});

test("what goes in as one and comes out as one is each call's own again", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }), (counts) => {
      const calls = counts.map((count, index) => [rows(count, 3, 100 * index), rows(count, 1, index)]);
      expect(new Set(calls.map(mergeKey)).size).toBe(1);
      const merged = mergeCalls(calls).map(({ dtype, dims, parts }): Tensor => ({ dtype, dims, bytes: concat(parts) }));
      expect(merged[0]?.dims).toEqual([counts.reduce((sum, count) => sum + count, 0), 3]);
      expect(splitOutputs(calls, merged)).toEqual(calls);
    }),
  );
});

test("calls whose other dims differ have another key, and too few rows are an error", () => {
  expect(mergeKey([rows(1, 3, 0)])).not.toBe(mergeKey([rows(1, 4, 0)]));
  expect(() => splitOutputs([[rows(1, 3, 0)], [rows(2, 3, 0)]], [rows(2, 3, 0)])).toThrow("E_INFER_RUN");
});

test("tensors that are not what the model takes are refused, each with what it takes", () => {
  const ports = [port(["n", 4]), port(["n"])];
  const floats = (...dims: number[]): Tensor => ({ dtype: "float32", dims, bytes: new Uint8Array() });
  checkInputs(ports, [floats(2, 4), floats(2)]);
  expect(() => checkInputs(ports, [floats(2, 4)])).toThrow("1 tensors, but the model has 2 inputs");
  expect(() => checkInputs(ports, [floats(2, 5), floats(2)])).toThrow("input x is float32[2,5], not float32[n,4]");
  expect(() => checkInputs(ports, [floats(2, 4), floats(3)])).toThrow("input x is float32[3], not float32[n]");
  expect(() => checkInputs(ports, [floats(4), floats(3)])).toThrow("E_INFER_SHAPE");
  expect(() => checkInputs(ports, [{ ...floats(2, 4), dtype: "int8" }, floats(2)])).toThrow("E_INFER_SHAPE");
});
