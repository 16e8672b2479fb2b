import { resolve } from "node:path";
import type { UpdateReport } from "../../../contract/update.ts";
import { MAX_IMAGE_ENVELOPE_BYTES, readImage } from "../../../trust/image.ts";
import { readHeader } from "../../../update/bundle/header.ts";
import { fileSource } from "../../../update/source/file-source.ts";
import type { Invocation } from "../../command.ts";
import { addressOf, type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { failureOf, followUpdate } from "../../update/follow.ts";
import { formatUpdate } from "../../update/format.ts";
import { ownAddress, serveBundle } from "../../update/serve.ts";

interface Options extends DeviceOptions {
  readonly serveAs?: string;
  readonly wait?: boolean;
}

/** Without --wait it ends when the device has all it needs from here. */
export async function run(invocation: Invocation<Options>): Promise<ExitCode> {
  const { args, cwd, options, out, signal } = invocation;
  const [bundle = ""] = args;
  const address = addressOf(invocation);
  const isUrl = /^https?:\/\//.test(bundle);
  if (!isUrl) await checkBundle(resolve(cwd, bundle));
  const host = options.serveAs ?? (isUrl ? "" : await ownAddress(address.broker, address.timeout));
  const served = isUrl ? undefined : await serveBundle(resolve(cwd, bundle), host);
  try {
    const url = served?.url ?? bundle;
    const first = (await withDevice(invocation, (device) => device.ask("update-deploy", { url }))) as UpdateReport;
    const isOver = ({ outcome, step }: UpdateReport) =>
      (outcome !== "running" && (outcome !== "waiting" || !options.wait)) || (!options.wait && FETCHED.has(step));
    const onReport = (report: UpdateReport) => out.progress(formatUpdate(report));
    const last =
      isOver(first) || (isUrl && !options.wait) ? first : await followUpdate(first.id, isOver, { address, signal, onReport });
    out.progress("");
    if (last.outcome === "refused" || last.outcome === "rolled-back") throw failureOf(last);
    out.result(last, () => formatUpdate(last));
    return last.outcome === "waiting" ? EXIT.waiting : EXIT.ok;
  } finally {
    served?.close();
  }
}

const FETCHED = new Set<UpdateReport["step"]>(["verify", "window", "try", "gate"]);

/** What no device would take isn't offered to one. */
async function checkBundle(path: string): Promise<void> {
  const source = await fileSource(path);
  try {
    readImage((await readHeader(source, MAX_IMAGE_ENVELOPE_BYTES)).envelope);
  } finally {
    await source.close();
  }
}
