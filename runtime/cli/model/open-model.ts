import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { MANIFEST_FILE, type ModelFolder, readModelFolder } from "../../../assembly/models/folder.ts";
import { checkModel } from "../../inference/check-model.ts";
import { splitModelFile } from "../../inference/model-file.ts";
import { MAX_MODEL_ENVELOPE_BYTES, readModel } from "../../trust/index.ts";

/** What a signed model's file ends with. */
export const MODEL_SUFFIX = ".model";

export interface OpenedModel extends ModelFolder {
  /** The folder, or where the file lies. */
  readonly folder: string;
  /** The file as it is, where it was signed. */
  readonly file?: Uint8Array;
}

/** A signed file, or a folder (also by its model.yaml). Whose signatures a file has is not judged. Throws E_MODEL_*, E_ENVELOPE_*. */
export function openModel(path: string, cwd: string): OpenedModel {
  const whole = resolve(cwd, path);
  if (!whole.endsWith(MODEL_SUFFIX)) {
    const folder = basename(whole) === MANIFEST_FILE ? dirname(whole) : whole;
    return { ...readModelFolder(folder), folder };
  }
  const file = Uint8Array.from(readFileSync(whole));
  const { envelope, onnx } = splitModelFile(file, MAX_MODEL_ENVELOPE_BYTES);
  const { manifest } = readModel(envelope);
  checkModel(manifest, onnx);
  return { manifest, onnx, folder: dirname(whole), file };
}
