import type { RecordingCursor, RecordingItem, RecordingPage } from "../../script/index.ts";
import type { DeviceClient } from "../device/client.ts";

/** What a device has written down of a plugin's inputs, page by page: an answer over MQTT is bounded. `from`: ms since the epoch. */
export async function* fetchRecording(device: DeviceClient, plugin: string, from?: number): AsyncGenerator<RecordingItem> {
  let cursor: RecordingCursor | null | undefined;
  while (cursor !== null) {
    const asked = { plugin, ...(from !== undefined && { from }), ...cursor };
    const page = (await device.ask("inputs", asked)) as RecordingPage;
    yield* page.items;
    cursor = page.next;
  }
}
