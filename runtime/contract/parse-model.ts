import { StepppsError } from "./errors/index.ts";
import { ModelManifest } from "./model.ts";
import { parse } from "./schema.ts";
import { decodeTensors } from "./tensor.ts";

const DIGEST_BYTES = 32;

/** `value` when it is a manifest as a whole. Throws E_MODEL, or E_TENSOR where golden vectors are no tensors. */
export function parseModelManifest(value: unknown): ModelManifest {
  const manifest = parse(ModelManifest, value, "E_MODEL");
  const { onnx, inputs, outputs, golden, guard } = manifest;
  if (!(onnx.sha256 instanceof Uint8Array) || onnx.sha256.length !== DIGEST_BYTES) throw bad("no SHA-256");
  for (const values of [inputs, outputs]) {
    const names = values.map(({ name }) => name);
    if (new Set(names).size < names.length) throw bad("two inputs or outputs of one name");
    for (const { name, dims, columns } of values)
      if (columns && columns.length !== dims.at(-1)) throw bad(`${name} has not as many columns as its last dim`);
  }
  for (const vectors of golden) {
    if (framed(vectors.inputs) !== inputs.length || framed(vectors.outputs) !== outputs.length)
      throw bad("golden vectors without a tensor for each input and output");
  }
  const has = (values: readonly { name: string }[], wanted: string) => values.some(({ name }) => name === wanted);
  if (guard?.kind === "output" && !has(outputs, guard.output)) throw bad(`the guard's ${guard.output} is no output`);
  if (guard?.kind === "mahalanobis") {
    const known = "input" in guard.of ? has(inputs, guard.of.input) : has(outputs, guard.of.output);
    if (!known) throw bad("what the guard looks at is no input or output");
    const size = guard.mean.length;
    if (guard.whiten.length !== (size * (size + 1)) / 2) throw bad("the guard's triangle does not fit its mean");
  }
  return manifest;
}

function framed(frame: unknown): number {
  if (!(frame instanceof Uint8Array)) throw bad("golden vectors that are no bytes");
  return decodeTensors(frame).length;
}

function bad(detail: string): StepppsError {
  return new StepppsError("E_MODEL", detail);
}
