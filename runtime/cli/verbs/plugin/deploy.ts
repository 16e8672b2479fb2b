import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { asStepppsError } from "../../../contract/errors/index.ts";
import { findProject } from "../../author/project.ts";
import { buildAndSign, SIGNED_SUFFIX } from "../../author/sign.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { EXIT, type ExitCode, exitCodeOf } from "../../exit-codes.ts";

/** Each path after the other; one that fails is reported, and the others go on. */
export async function run(invocation: Invocation<DeviceOptions & { key: string }>): Promise<ExitCode> {
  const { args, out } = invocation;
  let exit: ExitCode = EXIT.ok;
  await withDevice(invocation, async (device) => {
    for (const path of args.length > 0 ? args : ["."]) {
      try {
        const report = await device.deploy(await envelopeOf(invocation, path));
        out.result({ path, ...report }, () => `${report.plugin} ${report.version} runs · ${report.millis} ms`);
      } catch (thrown) {
        const error = asStepppsError(thrown, "E_CLI_UNEXPECTED");
        out.error(error);
        exit = exitCodeOf(error.code);
      }
    }
  });
  return exit;
}

/** A signed file as it is, or a plugin's source compiled and signed now. */
async function envelopeOf(invocation: Invocation<{ key: string }>, path: string): Promise<Uint8Array> {
  const { cwd, options } = invocation;
  if (path.endsWith(SIGNED_SUFFIX)) return readFileSync(resolve(cwd, path));
  return (await buildAndSign(invocation, findProject(path, cwd).entry, options.key)).envelope;
}
