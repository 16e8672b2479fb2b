import { resolve } from "node:path";
import { StepppsError } from "../../../contract/index.ts";
import { writeResult } from "../../author/sign.ts";
import type { Invocation } from "../../command.ts";
import { formatBytes } from "../../format.ts";
import { MODEL_SUFFIX, openModel } from "../../model/open-model.ts";
import { signedFile } from "../../model/sign-model.ts";

export async function run(invocation: Invocation<{ readonly key: string; readonly out?: string }>) {
  const { args, options, cwd, out } = invocation;
  const model = openModel(args[0] ?? ".", cwd);
  if (model.file) throw new StepppsError("E_CLI_OPTION", `${args[0]} is signed already`);
  const { name, version } = model.manifest;
  const bytes = signedFile(invocation, model, options.key);
  const file = writeResult(
    options.out === undefined ? model.folder : resolve(cwd, options.out),
    `${name}-${version}${MODEL_SUFFIX}`,
    bytes,
  );
  out.result({ name, version, file, bytes: bytes.length }, () => `${file} · ${formatBytes(bytes.length)}`);
  return undefined;
}
