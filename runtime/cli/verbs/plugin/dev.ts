import { watch } from "node:fs";
import { dirname } from "node:path";
import { createCompiler } from "../../../../assembly/compiler/index.ts";
import { dataPaths } from "../../../boot/data-paths.ts";
import { asStepppsError } from "../../../contract/errors/index.ts";
import { loadKeys, signPackage } from "../../../trust/index.ts";
import { build } from "../../author/build.ts";
import { devVersion } from "../../author/dev-version.ts";
import { findProject } from "../../author/project.ts";
import type { Invocation } from "../../command.ts";
import { deployEnvelope } from "../../device/deploy.ts";
import { SentEnvelopes } from "../../device/sent.ts";
import { addressOf, type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatEvent } from "../../format.ts";
import { keysDir } from "../../keys-dir.ts";

/** Editors write a file in several steps; they are over after this many ms. */
const SETTLE_MS = 30;

/** Until Ctrl-C: each save is compiled and swapped in; what the plugin says is shown. */
export async function run(invocation: Invocation<DeviceOptions & { key: string }>) {
  const { args, cwd, options, out, signal } = invocation;
  const { entry } = findProject(args[0], cwd);
  const keys = loadKeys(keysDir(invocation), options.key);
  const compiler = await createCompiler();
  const address = addressOf(invocation);
  const sent = new SentEnvelopes(dataPaths(invocation.data).sent);
  await withDevice(invocation, async (device) => {
    let plugin: string | undefined;
    const swap = async () => {
      const began = performance.now();
      try {
        const { manifest, wasm, warnings, millis } = await build(compiler, entry);
        for (const warning of warnings) out.note(warning);
        const version = devVersion(manifest.version, Date.now());
        plugin = manifest.name;
        const envelope = signPackage({ type: "plugin", manifest: { ...manifest, version }, wasm }, keys);
        // Whoever edits it is the person who would be asked.
        const request = { envelope, options: {}, wait: false, approve: true };
        const { report } = await deployEnvelope(request, { address, sent, signal, onReport() {}, onProgress() {} });
        const total = Math.round(performance.now() - began);
        out.result(report, () => `${manifest.name} ${version} runs · ${total} ms (compiled in ${Math.round(millis)} ms)`);
      } catch (error) {
        // A mistake in the plugin is what this command is for: it is shown, and the version before runs on.
        out.error(asStepppsError(error, "E_CLI_UNEXPECTED"));
      }
    };
    await device.listen((event) => {
      if (event.plugin === plugin && event.kind !== "plugin.deployed") out.note(formatEvent(event));
    });
    out.note(`watching ${dirname(entry)}; Ctrl-C ends this, and leaves the plugin as it is`);
    await eachSave(dirname(entry), signal, swap);
  });
  return undefined;
}

/** Calls `swap` now and after each change of a .ts file below `folder`, never twice at once, until `signal`. */
async function eachSave(folder: string, signal: AbortSignal, swap: () => Promise<void>): Promise<void> {
  let changed = Promise.withResolvers<void>();
  const watcher = watch(folder, { recursive: true, signal }, (_, file) => {
    if (file?.endsWith(".ts") && !file.endsWith(".test.ts")) changed.resolve();
  });
  watcher.on("error", () => {});
  // Only now: a save while the first one is being compiled counts too.
  await swap();
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  while (!signal.aborted) {
    await Promise.race([changed.promise, aborted]);
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    changed = Promise.withResolvers();
    await swap();
  }
}
