import { expect, test } from "vitest";
import { draftValues } from "../../../../runtime/cli/model/draft.ts";
import type { OnnxModel } from "../../../../runtime/inference/onnx/read.ts";
import type { Value } from "../../../../runtime/inference/onnx/value.ts";

const model = (inputs: readonly Value[], outputs: readonly Value[] = []) => ({ inputs, outputs }) as unknown as OnnxModel;
const IMAGE: Value = { name: "image", type: 1, dims: ["n", 3, "h", "w"] };

test("what the file says, and what a person adds", () => {
  expect(draftValues(model([IMAGE]), { dims: ["image=?x3x32x64"], range: ["image=-1.5..2e3"] }).inputs).toEqual([
    { name: "image", dtype: "float32", dims: [-1, 3, 32, 64], min: -1.5, max: 2000 },
  ]);
  expect(draftValues(model([IMAGE], [{ name: "out", type: 7, dims: undefined }]), {})).toEqual({
    inputs: [{ name: "image", dtype: "float32", dims: [-1, 3, -1, -1] }],
    outputs: [{ name: "out", dtype: "int64", dims: [] }],
  });
});

test("names may hold an equals sign", () => {
  const odd: Value = { name: "a=b", type: 1, dims: [2] };
  expect(draftValues(model([odd]), { range: ["a=b=0..1"] }).inputs).toMatchObject([{ name: "a=b", min: 0, max: 1 }]);
});

test.each<[string, { dims?: string[]; range?: string[] }]>([
  ["another number of dims", { dims: ["image=1x2"] }],
  ["dims that are none", { dims: ["image=big"] }],
  ["a range that is none", { range: ["image=0-1"] }],
  ["an input that isn't there", { range: ["picture=0..1"] }],
  ["no name", { range: ["=0..1"] }],
])("%s is refused", (_, options) => {
  expect(() => draftValues(model([IMAGE]), options)).toThrow(expect.objectContaining({ code: "E_CLI_OPTION" }));
});

test("texts, sequences and maps are no tensors of numbers", () => {
  for (const type of [0, 8]) {
    const value: Value = { name: "words", type, dims: [1] };
    expect(() => draftValues(model([value]), {})).toThrow(expect.objectContaining({ code: "E_MODEL_SCHEMA" }));
  }
});
