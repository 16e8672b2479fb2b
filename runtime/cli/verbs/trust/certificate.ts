import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { dataPaths } from "../../../boot/data-paths.ts";
import { identityDir } from "../../../boot/identity.ts";
import { linuxFiles } from "../../../platform/index.ts";
import { importCertificate } from "../../../trust/identity/index.ts";
import type { Invocation } from "../../command.ts";
import { algorithmOf } from "../../trust/algorithm.ts";

/** Puts a certificate that an authority issued in the place of the device's own; it is shown from the supervisor's next start on. */
export async function run({ args: [file = ""], cwd, data, options, out }: Invocation<{ algorithm: string }>) {
  const where = { files: linuxFiles(), dir: identityDir(dataPaths(data)), algorithm: algorithmOf(options.algorithm) };
  const { fingerprint, pin } = await importCertificate(where, readFileSync(resolve(cwd, file), "utf8"));
  out.result({ fingerprint, pin }, () => `${fingerprint}\n${pin}`);
  return undefined;
}
