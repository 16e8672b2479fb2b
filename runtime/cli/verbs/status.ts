import { formatDuration } from "../../contract/duration.ts";
import type { SystemStatus } from "../../contract/status.ts";
import type { Invocation } from "../command.ts";
import { type DeviceOptions, withDevice } from "../device/with-device.ts";
import { formatBytes, formatPlugins } from "../format.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const status = (await withDevice(invocation, (device) => device.ask("status"))) as SystemStatus;
  invocation.out.result(status, () => describe(status));
  return undefined;
}

function describe({ device, version, startedAt, mqtt, web, counts, memoryBytes, plugins }: SystemStatus): string {
  const seconds = Math.max(0, Math.round((Date.now() - startedAt) / 1000));
  return [
    `${device} · steppps ${version} · up ${formatDuration(seconds * 1000)} · ${formatBytes(memoryBytes)}`,
    `mqtt  ${mqtt.url} · ${mqtt.clients} clients`,
    `page  ${web.url}`,
    `messages  ${counts.messagesIn} in · ${counts.messagesOut} out · ${counts.dropped} dropped · ${counts.deadLetters} dead letters`,
    "",
    formatPlugins(plugins),
  ].join("\n");
}
