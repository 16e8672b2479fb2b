import type { ModelFolder } from "../../../assembly/models/folder.ts";
import { encodeModelFile } from "../../inference/model-file.ts";
import { loadKeys, signModel } from "../../trust/index.ts";
import type { Invocation } from "../command.ts";
import { keysDir } from "../keys-dir.ts";

/** The file that is deployed, signed with one of this person's keys. */
export function signedFile(
  invocation: Pick<Invocation, "env" | "cwd" | "data">,
  { manifest, onnx }: ModelFolder,
  key: string,
): Uint8Array {
  return encodeModelFile({ envelope: signModel(manifest, loadKeys(keysDir(invocation), key)), onnx });
}
