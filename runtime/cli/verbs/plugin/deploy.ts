import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { dataPaths } from "../../../boot/data-paths.ts";
import { asStepppsError, StepppsError } from "../../../contract/errors/index.ts";
import type { DeployOptions } from "../../../contract/transfer.ts";
import { SIGNED_SUFFIX } from "../../author/signed-suffix.ts";
import type { Invocation } from "../../command.ts";
import { type Deployed, deployEnvelope } from "../../device/deploy.ts";
import { SentEnvelopes } from "../../device/sent.ts";
import { addressOf, type DeviceOptions } from "../../device/with-device.ts";
import { EXIT, type ExitCode, exitCodeOf } from "../../exit-codes.ts";
import { formatBytes } from "../../format.ts";
import { formatDeploy } from "../../format-deploys.ts";

interface Options extends DeviceOptions {
  readonly key: string;
  readonly canary?: string;
  readonly approve?: boolean;
  readonly wait?: boolean;
}

/** Each path after the other; one that fails is reported, and the others go on. */
export async function run(invocation: Invocation<Options>): Promise<ExitCode> {
  const { args, out, options, data, signal } = invocation;
  const address = addressOf(invocation);
  const sent = new SentEnvelopes(dataPaths(data).sent);
  const wish = canaryOf(options.canary);
  let exit: ExitCode = EXIT.ok;
  for (const path of args.length > 0 ? args : ["."]) {
    try {
      const envelope = await envelopeOf(invocation, path);
      const request = { envelope, options: wish, wait: options.wait === true, approve: options.approve === true };
      const deployed = await deployEnvelope(request, {
        address,
        sent,
        signal,
        onReport: (report) => out.note(formatDeploy(report)),
        onProgress: (done, total) => out.progress(done < total ? `${formatBytes(done)} of ${formatBytes(total)}` : ""),
      });
      const { report, transfer } = deployed;
      out.progress("");
      out.result({ path, ...report, transfer }, () => said(deployed));
      if (report.outcome === "waiting") exit = EXIT.waiting;
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_CLI_UNEXPECTED");
      out.progress("");
      out.error(error);
      exit = exitCodeOf(error.code);
    }
  }
  return exit;
}

function said({ report }: Deployed): string {
  const { plugin, version, outcome, step, millis, differences = [] } = report;
  if (outcome === "waiting") return formatDeploy(report);
  // It went no further than to be recognised.
  if (outcome === "done" && step === "verify") return `${plugin} ${version} was at work already`;
  if (differences.length > 0) return `${formatDeploy(report)}\n${millis} ms`;
  return `${plugin} ${version} runs${outcome === "probation" ? ", watched until its gate has decided" : ""} · ${millis} ms`;
}

/** "10%" or "10". */
function canaryOf(text: string | undefined): DeployOptions {
  if (text === undefined) return {};
  const canary = /^(\d{1,2})%?$/.exec(text)?.[1];
  if (canary === undefined || Number(canary) === 0) throw new StepppsError("E_CLI_OPTION", `--canary ${text}: from 1% to 99%`);
  return { canary: Number(canary) };
}

/** A signed file as it is, or a plugin's source compiled and signed now. The compiler is loaded only then. */
async function envelopeOf(invocation: Invocation<{ key: string }>, path: string): Promise<Uint8Array> {
  const { cwd, options } = invocation;
  if (path.endsWith(SIGNED_SUFFIX)) return readFileSync(resolve(cwd, path));
  const [{ findProject }, { buildAndSign }] = await Promise.all([
    import("../../author/project.ts"),
    import("../../author/sign.ts"),
  ]);
  return (await buildAndSign(invocation, findProject(path, cwd).entry, options.key)).envelope;
}
