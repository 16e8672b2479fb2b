import { createHash } from "node:crypto";
import { encodeOnnx, type OnnxGraph } from "../../assembly/models/onnx/encode.ts";
import { encodeTensors, type ModelManifest, type Tensor } from "../../runtime/contract/index.ts";

/** A tensor of float32. */
export function floats(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: "float32", dims, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

const DOUBLE: OnnxGraph = {
  name: "double",
  inputs: [{ name: "x", dtype: "float32", dims: ["rows", 2] }],
  outputs: [{ name: "y", dtype: "float32", dims: ["rows", 2] }],
  constants: [],
  nodes: [{ operator: "Add", inputs: ["x", "x"], outputs: ["y"] }],
};

/** A model that doubles its input, with its manifest. */
export function doublingModel(changes: Partial<ModelManifest> = {}): { manifest: ModelManifest; onnx: Uint8Array } {
  const onnx = encodeOnnx(DOUBLE, "test");
  const manifest: ModelManifest = {
    type: "model",
    name: "double",
    version: "1.0.0",
    licence: "Apache-2.0",
    description: "twice what is given",
    onnx: { sha256: Uint8Array.from(createHash("sha256").update(onnx).digest()), size: onnx.length, opset: 17 },
    inputs: [{ name: "x", dtype: "float32", dims: [-1, 2] }],
    outputs: [{ name: "y", dtype: "float32", dims: [-1, 2] }],
    golden: [{ inputs: encodeTensors([floats([1, 2], [1, -3])]), outputs: encodeTensors([floats([1, 2], [2, -6])]) }],
    tolerance: { absolute: 1e-6, relative: 0 },
    memoryBytes: 2 ** 20,
    latencyMs: 1,
    ...changes,
  };
  return { manifest, onnx };
}
