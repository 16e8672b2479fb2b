import { expect, test } from "vitest";
import { dtypeOf } from "../../../runtime/contract/index.ts";
import { readOnnx } from "../../../runtime/inference/onnx/read.ts";
import { modelBytes, REAL_MODELS } from "../../support/models/models.ts";

test.each(REAL_MODELS)("$name, which others exported, is looked through whole", async (model) => {
  const file = await modelBytes(model);
  const { inputs, outputs, nodes, weightBytes } = readOnnx(file);
  expect(inputs.length).toBe(model.inputs().length);
  model.inputs().forEach(({ dtype, dims }, at) => {
    expect(dtypeOf(inputs[at]?.type ?? 0)).toBe(dtype);
    expect(inputs[at]?.dims?.map((dim, place) => (typeof dim === "number" ? dim : dims[place]))).toEqual(dims);
  });
  expect(outputs.length).toBeGreaterThan(0);
  expect(nodes).toBeGreaterThan(50);
  // Weights are what such files are made of.
  expect(weightBytes / file.length).toBeGreaterThan(0.8);
});
