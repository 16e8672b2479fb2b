import { expect, test } from "vitest";
import { Random } from "../../../../assembly/models/train/random.ts";
import { sampleTensor } from "../../../../runtime/cli/model/sample.ts";
import { DTYPES, type Dtype, type ModelValue, tensorBytes } from "../../../../runtime/contract/index.ts";
import { numbersOf } from "../../../../runtime/inference/numbers.ts";
import { checkRange } from "../../../../runtime/inference/range.ts";

const dtypes = (Object.keys(DTYPES) as Dtype[]).filter((dtype) => dtype !== "float16");

test.each(dtypes)("random values of %s are within what the manifest says, and the same each time", (dtype) => {
  const value: ModelValue = { name: "x", dtype, dims: [-1, 3, 50], min: 0, max: dtype === "bool" ? 1 : 100 };
  const tensor = sampleTensor(value, new Random(7));
  expect(tensor.dims).toEqual([1, 3, 50]);
  expect(tensor.bytes.length).toBe(tensorBytes(dtype, tensor.dims));
  expect(() => checkRange({ inputs: [value] }, [tensor])).not.toThrow();
  expect(new Set(Array.from(numbersOf(tensor))).size).toBeGreaterThan(1);
  expect(sampleTensor(value, new Random(7))).toEqual(tensor);
});

test("each column has its own range", () => {
  const value: ModelValue = {
    name: "x",
    dtype: "float32",
    dims: [20, 2],
    columns: [
      { name: "low", min: -2, max: -1 },
      { name: "high", min: 1000, max: 1001 },
    ],
  };
  expect(() => checkRange({ inputs: [value] }, [sampleTensor(value, new Random(1))])).not.toThrow();
});
