import { expect, test } from "vitest";
import type { ModelManifest, Tensor } from "../../../runtime/contract/index.ts";
import { checkRange } from "../../../runtime/inference/range.ts";
import { floats } from "../../support/sample-model.ts";

type Inputs = Pick<ModelManifest, "inputs">;
const plain: Inputs = { inputs: [{ name: "x", dtype: "float32", dims: [-1, 2] }] };
const columns: Inputs = {
  inputs: [
    {
      name: "x",
      dtype: "float32",
      dims: [-1, 2],
      max: 50,
      columns: [
        { name: "load", min: 0 },
        { name: "temperature", unit: "°C", min: -40, max: 125 },
      ],
    },
  ],
};
const refusal = (detail: string) => expect.objectContaining({ code: "E_INFER_RANGE", detail });

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "%s is refused, whatever the manifest says",
  (value) => {
    expect(() => checkRange(plain, [floats([1, 2], [0, value])])).toThrow(refusal(`x[1] is ${value}`));
    const half: Tensor = { dtype: "float16", dims: [1], bytes: Uint8Array.of(0x01, 0x7c) };
    expect(() => checkRange({ inputs: [{ name: "h", dtype: "float16", dims: [1] }] }, [half])).toThrow(refusal("h[0] is NaN"));
  },
);

test("each column has its own bounds, and those of the whole input where it has none", () => {
  expect(() => checkRange(columns, [floats([2, 2], [0, -40, 50, 125])])).not.toThrow();
  expect(() => checkRange(columns, [floats([2, 2], [0, 20, -1, 20])])).toThrow(refusal("x[2] (load) is -1"));
  expect(() => checkRange(columns, [floats([2, 2], [51, 20, 0, 20])])).toThrow(refusal("x[0] (load) is 51"));
  expect(() => checkRange(columns, [floats([1, 2], [0, 126])])).toThrow(refusal("x[1] (temperature) is 126"));
});

test("whole numbers have bounds too, and may lie anywhere in memory", () => {
  const tokens: Inputs = { inputs: [{ name: "ids", dtype: "int64", dims: [-1], min: 0, max: 256 }] };
  const frame = new Uint8Array(17);
  new DataView(frame.buffer).setBigInt64(1, 256n, true);
  new DataView(frame.buffer).setBigInt64(9, 257n, true);
  const tensor = (from: number, to: number): Tensor => ({
    dtype: "int64",
    dims: [(to - from) / 8],
    bytes: frame.subarray(from, to),
  });
  expect(() => checkRange(tokens, [tensor(1, 9)])).not.toThrow();
  expect(() => checkRange(tokens, [tensor(1, 17)])).toThrow(refusal("ids[1] is 257"));
});

test("half precision is read as IEEE 754 says", () => {
  const half = (bits: number): Tensor => ({ dtype: "float16", dims: [1], bytes: Uint8Array.of(bits & 0xff, bits >> 8) });
  const within = (min: number, max: number): Inputs => ({ inputs: [{ name: "h", dtype: "float16", dims: [1], min, max }] });
  for (const [bits, value] of [
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x3555, 0.333251953125],
  ] as const)
    expect(() => checkRange(within(value, value), [half(bits)])).not.toThrow();
});
