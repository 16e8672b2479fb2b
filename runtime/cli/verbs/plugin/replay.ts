import { readOwners } from "../../../boot/data-directory.ts";
import { dataPaths } from "../../../boot/data-paths.ts";
import { StepppsError } from "../../../contract/errors/index.ts";
import { createEngine } from "../../../testing/engine.ts";
import { listKeys, loadKeys, openPackage } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { keysDir } from "../../keys-dir.ts";
import { fetchRecording } from "../../replay/recording.ts";
import { replay } from "../../replay/replay.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const { args, out, data } = invocation;
  const recording = await withDevice(invocation, (device) => fetchRecording(device, args[0] as string));
  // The code comes from the device: here too it runs only when someone we trust has signed it.
  const dir = keysDir(invocation);
  const own = listKeys(dir).map((name) => loadKeys(dir, name).public);
  const trusted = await readOwners(dataPaths(data), (file) => out.note(`${file} is no key`));
  const engine = await createEngine();
  try {
    const replayed = await replay(recording, openPackage(recording.envelope, [...own, ...trusted]), engine);
    const { plugin, version, batches, inputs, differing } = replayed;
    if (differing.length > 0)
      throw new StepppsError("E_REPLAY_DIFFERS", `${plugin} ${version}, batches ${differing.slice(0, 10).join(", ")}`);
    out.result(replayed, () => `${plugin} ${version}: ${inputs} inputs in ${batches} batches gave the same, byte for byte`);
  } finally {
    engine.close();
  }
  return undefined;
}
