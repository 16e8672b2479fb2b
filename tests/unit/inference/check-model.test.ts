import { expect, test } from "vitest";
import type { ModelManifest } from "../../../runtime/contract/index.ts";
import { checkModel } from "../../../runtime/inference/check-model.ts";
import { doublingModel } from "../../support/sample-model.ts";

const { manifest, onnx } = doublingModel();
const refused = (changes: Partial<ModelManifest>, code: string, detail: RegExp, file = onnx) =>
  expect(() => checkModel({ ...manifest, ...changes }, file)).toThrow(
    expect.objectContaining({ code, detail: expect.stringMatching(detail) }),
  );

test("a file that is what its manifest says", () => {
  expect(checkModel(manifest, onnx).operators.get("Add")).toBe(1);
});

test("another file", () => {
  refused({}, "E_MODEL_CONTENT", /double/, onnx.with(20, 0xff));
  refused({}, "E_MODEL_CONTENT", /double/, onnx.subarray(1));
});

test("a manifest that says something else", () => {
  refused({ onnx: { ...manifest.onnx, opset: 18 } }, "E_MODEL_SCHEMA", /opset 17, not 18/);
  refused({ inputs: [...manifest.inputs, { name: "z", dtype: "float32", dims: [] }] }, "E_MODEL_SCHEMA", /1 inputs, not 2/);
  refused({ inputs: [{ name: "x", dtype: "float64", dims: [-1, 2] }] }, "E_MODEL_SCHEMA", /x is float32\[-1,2\], not x float64/);
  refused({ inputs: [{ name: "x", dtype: "float32", dims: [-1, 3] }] }, "E_MODEL_SCHEMA", /not x float32\[-1,3\]/);
  refused({ outputs: [{ name: "q", dtype: "float32", dims: [-1, 2] }] }, "E_MODEL_SCHEMA", /y is .* not q/);
});

test("a manifest may fix what the file leaves open", () => {
  const fixed = [{ name: "x", dtype: "float32", dims: [1, 2] } as const].map((value) => ({ ...value, dims: [...value.dims] }));
  expect(() => checkModel({ ...manifest, inputs: fixed }, onnx)).not.toThrow();
});
