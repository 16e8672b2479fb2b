import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseDuration } from "../../contract/duration.ts";
import { StepppsError } from "../../contract/errors/index.ts";
import {
  DEFAULT_WASMTIME,
  formatDifference,
  type RecordingItem,
  readRecording,
  replay,
  successor,
  v8Engine,
  wasmtimeEngine,
} from "../../script/index.ts";
import { openPackage } from "../../trust/index.ts";
import type { Invocation } from "../command.ts";
import { type DeviceOptions, withDevice } from "../device/with-device.ts";
import { EXIT } from "../exit-codes.ts";
import { loadCode, trustedKeys } from "../replay/code.ts";
import { fetchRecording } from "../replay/fetch.ts";

interface Options extends DeviceOptions {
  readonly from?: string;
  readonly with?: string;
  readonly trust?: string;
  readonly engine?: string;
  readonly limit: string;
}

export async function run(invocation: Invocation<Options>) {
  const { args, options, cwd, out } = invocation;
  const source = args[0] as string;
  const trusted = await trustedKeys(invocation);
  const other = options.with === undefined ? undefined : successor(await loadCode(options.with, cwd, trusted));
  const engine = createEngine(options.engine);
  const open = (envelope: Uint8Array) => openPackage(envelope, trusted);
  const limit = Number.parseInt(options.limit, 10) || 0;
  const began = performance.now();
  const through = (items: AsyncIterable<RecordingItem>) => replay(items, { engine, open, limit, ...(other && { other }) });
  try {
    const file = resolve(cwd, source);
    const saved = statSync(file, { throwIfNoEntry: false })?.isFile() ? await readRecording(file) : undefined;
    const plugin = saved?.header.plugin ?? source;
    const replayed = saved
      ? await through(saved.items)
      : await withDevice(invocation, (device) => through(fetchRecording(device, plugin, sinceOf(options))));
    const { versions, batches, inputs, differing, differences, stopped } = replayed;
    const millis = Math.round(performance.now() - began);
    const what = `${plugin} ${versions.join(", ")}${other ? ` by ${other.manifest.version}` : ""}: ${inputs} inputs in ${batches} batches`;
    if (differing === 0 && stopped === undefined) {
      out.result({ plugin, ...replayed, millis }, () => `${what} gave the same, byte for byte`);
      return undefined;
    }
    out.result({ plugin, ...replayed, millis }, () =>
      [
        ...differences.flatMap(formatDifference),
        ...(differing > differences.length ? [`… and ${differing - differences.length} more (--limit)`] : []),
      ].join("\n"),
    );
    if (other && stopped === undefined) return EXIT.differs;
    const why = stopped === undefined ? "" : `, then it stopped: ${stopped}`;
    throw new StepppsError("E_REPLAY_DIFFERS", `${what}, ${differing} inputs came out otherwise${why}`);
  } finally {
    engine.close();
  }
}

function sinceOf({ from }: Options): number | undefined {
  return from === undefined ? undefined : Date.now() - parseDuration(from);
}

/** Nobody waits for this process's event loop: guests run on it, which costs no hand-over. */
function createEngine(name: string | undefined) {
  if (name === "v8") return v8Engine();
  try {
    return wasmtimeEngine({ ...DEFAULT_WASMTIME, instances: 4, threads: 1, inline: "always" });
  } catch (error) {
    if (name === "wasmtime") throw error;
    return v8Engine();
  }
}
