import { MODEL_CONTENT_TYPE } from "../../../contract/model.ts";
import type { Invocation } from "../../command.ts";
import { deployEnvelope } from "../../device/deploy.ts";
import { addressOf, type DeviceOptions } from "../../device/with-device.ts";
import { formatBytes } from "../../format.ts";
import { openModel } from "../../model/open-model.ts";
import { signedFile } from "../../model/sign-model.ts";

export async function run(invocation: Invocation<DeviceOptions & { readonly key: string }>) {
  const { args, options, cwd, out, signal } = invocation;
  const model = openModel(args[0] ?? ".", cwd);
  const bytes = model.file ?? signedFile(invocation, model, options.key);
  const { report } = await deployEnvelope(
    { envelope: bytes, type: MODEL_CONTENT_TYPE, options: {}, wait: false, approve: false },
    {
      address: addressOf(invocation),
      signal,
      onReport: () => {},
      onProgress: (done, total) => out.progress(done < total ? `${formatBytes(done)} of ${formatBytes(total)}` : ""),
    },
  );
  out.progress("");
  const { name, version } = model.manifest;
  out.result({ name, version, ...report }, () => `${name} ${version} answers · ${report.millis} ms`);
  return undefined;
}
