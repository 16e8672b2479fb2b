import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml, stringify } from "yaml";
import {
  encodeTensors,
  type ModelManifest,
  parseModelManifest,
  StepppsError,
  type Tensor,
} from "../../runtime/contract/index.ts";
import { checkModel } from "../../runtime/inference/check-model.ts";

/**
 * A model as people keep it, before it is signed:
 *
 *   model.yaml                    the manifest, without what is computed
 *   model.onnx
 *   golden/0.inputs.tensors …     golden vectors, as contract/tensor.ts frames them
 *   golden/0.outputs.tensors …
 */
export interface ModelFolder {
  readonly manifest: ModelManifest;
  readonly onnx: Uint8Array;
}

/** What model.yaml holds: hash and size come from the file, golden vectors from their folder. */
export type ModelDraft = Omit<ModelManifest, "type" | "onnx" | "golden"> & {
  readonly onnx: { readonly opset: number };
  /** How many there are. */
  readonly golden: number;
};

export const MANIFEST_FILE = "model.yaml";
const ONNX_FILE = "model.onnx";

export interface GoldenTensors {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Throws as readModelFolder does, and then writes nothing. */
export function writeModelFolder(
  folder: string,
  draft: Omit<ModelDraft, "golden">,
  onnx: Uint8Array,
  golden: readonly GoldenTensors[],
): void {
  const frames = golden.map(({ inputs, outputs }) => ({ inputs: encodeTensors(inputs), outputs: encodeTensors(outputs) }));
  complete(draft, onnx, frames);
  mkdirSync(join(folder, "golden"), { recursive: true });
  frames.forEach(({ inputs, outputs }, at) => {
    writeFileSync(goldenPath(folder, at, "inputs"), inputs);
    writeFileSync(goldenPath(folder, at, "outputs"), outputs);
  });
  writeFileSync(join(folder, ONNX_FILE), onnx);
  writeFileSync(join(folder, MANIFEST_FILE), stringify({ ...draft, golden: golden.length }, { lineWidth: 130 }));
}

/** Throws E_MODEL where something is missing, and what checkModel throws where file and manifest disagree. */
export function readModelFolder(folder: string): ModelFolder {
  const onnx = readOrRefuse(join(folder, ONNX_FILE));
  const { golden, ...draft } = readDraft(join(folder, MANIFEST_FILE));
  const frames = Array.from({ length: golden }, (_, at) => ({
    inputs: readOrRefuse(goldenPath(folder, at, "inputs")),
    outputs: readOrRefuse(goldenPath(folder, at, "outputs")),
  }));
  return { manifest: complete(draft, onnx, frames), onnx };
}

function complete(draft: Omit<ModelDraft, "golden">, onnx: Uint8Array, golden: ModelManifest["golden"]): ModelManifest {
  const sha256 = Uint8Array.from(createHash("sha256").update(onnx).digest());
  const manifest = parseModelManifest({ ...draft, type: "model", onnx: { ...draft.onnx, sha256, size: onnx.length }, golden });
  checkModel(manifest, onnx);
  return manifest;
}

function readDraft(path: string): ModelDraft {
  const draft: unknown = parseYaml(Buffer.from(readOrRefuse(path)).toString("utf8"));
  const { golden } = (draft ?? {}) as Partial<ModelDraft>;
  if (!Number.isInteger(golden) || (golden as number) < 1 || (golden as number) > 16)
    throw new StepppsError("E_MODEL", `${path}: golden has to say how many vectors there are, 1 to 16`);
  return draft as ModelDraft;
}

function readOrRefuse(path: string): Uint8Array {
  try {
    return Uint8Array.from(readFileSync(path));
  } catch (cause) {
    throw new StepppsError("E_MODEL", `${path} can't be read`, { cause });
  }
}

function goldenPath(folder: string, at: number, side: "inputs" | "outputs"): string {
  return join(folder, "golden", `${at}.${side}.tensors`);
}
