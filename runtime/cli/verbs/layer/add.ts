import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readLayerHead } from "../../../boot/device/layer/layer-file.ts";
import { asStepppsError, type ErrorCode, errorRow, StepppsError } from "../../../contract/errors/index.ts";
import type { LayerReport, LayerStatus } from "../../../contract/layer.ts";
import { readLayer } from "../../../trust/layer.ts";
import { fileSource } from "../../../update/source/file-source.ts";
import type { Invocation } from "../../command.ts";
import { addressOf, type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatLayer } from "../../layer/format.ts";
import { ownAddress, serveBundle } from "../../update/serve.ts";

interface Options extends DeviceOptions {
  readonly serveAs?: string;
}

const LOOK_MS = 1_000;
/** ms without any answer. */
const PATIENCE_MS = 5 * 60_000;

/** Ends when the device has the layer mounted, or has said why not. */
export async function run(invocation: Invocation<Options>): Promise<ExitCode> {
  const { args, cwd, options, out } = invocation;
  const [layer = ""] = args;
  const address = addressOf(invocation);
  const isUrl = /^https?:\/\//.test(layer);
  if (!isUrl) await checkLayer(resolve(cwd, layer));
  const host = options.serveAs ?? (isUrl ? "" : await ownAddress(address.broker, address.timeout));
  const served = isUrl ? undefined : await serveBundle(resolve(cwd, layer), host);
  try {
    const url = served?.url ?? layer;
    const first = (await withDevice(invocation, (device) => device.ask("layer-add", { url }))) as LayerReport;
    const last = await follow(first, invocation);
    out.progress("");
    if (last.state === "failed") throw failureOf(last);
    out.result(last, () => formatLayer(last));
    return EXIT.ok;
  } finally {
    served?.close();
  }
}

async function follow(first: LayerReport, invocation: Invocation<Options>): Promise<LayerReport> {
  const { signal, out } = invocation;
  let report = first;
  for (let heard = performance.now(); report.state === "fetching" || report.state === "trying"; ) {
    out.progress(formatLayer(report));
    await sleep(LOOK_MS, undefined, { signal });
    try {
      const { last } = (await withDevice(invocation, (device) => device.ask("layer-status"))) as LayerStatus;
      heard = performance.now();
      if (last?.id !== first.id) throw new StepppsError("E_LAYER_UNKNOWN", `${first.name}: the device started again`);
      report = last;
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_CLI_UNREACHABLE");
      if (!AWAY.has(error.code) || performance.now() - heard > PATIENCE_MS) throw error;
    }
  }
  return report;
}

const AWAY = new Set<ErrorCode>(["E_CLI_UNREACHABLE", "E_CLI_TIMEOUT"]);

/** The device's reason as an error of ours. */
function failureOf({ error, name }: LayerReport): StepppsError {
  const { code = "", what = "", detail = "" } = error ?? {};
  if (errorRow(code)) return new StepppsError(code as ErrorCode, detail || name);
  return new StepppsError("E_CLI_DEVICE", [code, what, detail].filter(Boolean).join(": "));
}

/** What no device would take isn't offered to one. */
async function checkLayer(path: string): Promise<void> {
  const source = await fileSource(path);
  try {
    readLayer((await readLayerHead(source)).envelope);
  } finally {
    await source.close();
  }
}
