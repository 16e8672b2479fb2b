import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { dataPaths } from "../../../boot/data-paths.ts";
import { deviceIdentity, ownAddresses } from "../../../boot/identity.ts";
import { loadDocument } from "../../../boot/load-document.ts";
import { linuxFiles } from "../../../platform/index.ts";
import { requestCertificate } from "../../../trust/identity/index.ts";
import type { Invocation } from "../../command.ts";
import { algorithmOf } from "../../trust/algorithm.ts";

/** The signing request of the device whose data directory this is; its key is made where there is none. */
export async function run({ cwd, data, options, out }: Invocation<{ algorithm: string; out?: string }>) {
  const paths = dataPaths(data);
  const { document } = await loadDocument(paths, linuxFiles());
  const identity = await deviceIdentity(paths, document, algorithmOf(options.algorithm));
  const request = requestCertificate(identity, document.name ?? "edge", ownAddresses());
  if (options.out) writeFileSync(resolve(cwd, options.out), request);
  const { fingerprint, pin } = identity;
  out.result({ request, fingerprint, pin }, () => (options.out ? `${resolve(cwd, options.out)}\n${pin}` : request.trimEnd()));
  return undefined;
}
