import { createHash } from "node:crypto";
import { dtypeOf, equalBytes, type ModelManifest, type ModelValue, StepppsError } from "../contract/index.ts";
import { type OnnxModel, readOnnx } from "./onnx/read.ts";
import type { Value } from "./onnx/value.ts";

/**
 * The ONNX file that a signed manifest speaks of, looked through before anything runs it. Throws E_MODEL_CONTENT where it is another file,
 * E_MODEL_SCHEMA where the manifest says something else than it, and what readOnnx throws.
 */
export function checkModel(manifest: ModelManifest, onnx: Uint8Array): OnnxModel {
  const { size, sha256, opset } = manifest.onnx;
  if (onnx.length !== size || !equalBytes(createHash("sha256").update(onnx).digest(), sha256))
    throw new StepppsError("E_MODEL_CONTENT", manifest.name);
  const model = readOnnx(onnx);
  if (model.opset !== opset) throw new StepppsError("E_MODEL_SCHEMA", `opset ${model.opset}, not ${opset}`);
  checkValues("inputs", manifest.inputs, model.inputs);
  checkValues("outputs", manifest.outputs, model.outputs);
  return model;
}

function checkValues(what: string, said: readonly ModelValue[], there: readonly Value[]): void {
  if (said.length !== there.length) throw new StepppsError("E_MODEL_SCHEMA", `${there.length} ${what}, not ${said.length}`);
  said.forEach(({ name, dtype, dims }, at) => {
    const value = there[at] as Value;
    const own = value.dims?.map((dim) => (typeof dim === "number" ? dim : -1));
    const fits = value.name === name && dtypeOf(value.type) === dtype && (!own || agrees(own, dims));
    if (!fits) {
      const type = dtypeOf(value.type) ?? `type ${value.type}`;
      throw new StepppsError("E_MODEL_SCHEMA", `${value.name} is ${type}[${own ?? "?"}], not ${name} ${dtype}[${dims}]`);
    }
  });
}

/** A manifest may fix a dim that the file leaves open, not the other way round. */
function agrees(own: readonly number[], said: readonly number[]): boolean {
  return own.length === said.length && own.every((dim, at) => dim === -1 || dim === said[at]);
}
