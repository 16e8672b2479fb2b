import { resolve } from "node:path";
import { parseDuration } from "../../contract/duration.ts";
import { type RecordingItem, writeRecording } from "../../script/index.ts";
import type { Invocation } from "../command.ts";
import { type DeviceOptions, withDevice } from "../device/with-device.ts";
import { fetchRecording } from "../replay/fetch.ts";

interface Options extends DeviceOptions {
  readonly from?: string;
}

export async function run(invocation: Invocation<Options>) {
  const { args, options, cwd, out } = invocation;
  const [plugin, path] = args as [string, string];
  const from = options.from === undefined ? undefined : Date.now() - parseDuration(options.from);
  const file = resolve(cwd, path);
  let batches = 0;
  await withDevice(invocation, (device) => {
    const counted = async function* (): AsyncGenerator<RecordingItem> {
      for await (const item of fetchRecording(device, plugin, from)) {
        if (item.kind === "batch") batches++;
        yield item;
      }
    };
    return writeRecording(file, { plugin, device: device.device, taken: Date.now() }, counted());
  });
  out.result({ plugin, file, batches }, () => `${file}: ${batches} batches of ${plugin}; it holds what the plugin was sent`);
  return undefined;
}
