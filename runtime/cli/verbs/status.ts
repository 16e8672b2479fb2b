import { formatDuration } from "../../contract/duration.ts";
import type { SystemStatus } from "../../contract/status.ts";
import type { Invocation } from "../command.ts";
import { type DeviceOptions, withDevice } from "../device/with-device.ts";
import { formatBytes, formatPlugins } from "../format.ts";
import { formatImage } from "../update/format.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const status = (await withDevice(invocation, (device) => device.ask("status"))) as SystemStatus;
  invocation.out.result(status, () => describe(status));
  return undefined;
}

function describe(status: SystemStatus): string {
  const { device, version, startedAt, mqtt, web, uplink, storage, image, troubles, counts, memoryBytes, plugins } = status;
  const seconds = Math.max(0, Math.round((Date.now() - startedAt) / 1000));
  return [
    `${device} · steppps ${version} · up ${formatDuration(seconds * 1000)} · ${formatBytes(memoryBytes)}`,
    `mqtt  ${mqtt.url} · ${mqtt.clients} clients`,
    `page  ${web.url}${web.lanUrl ? ` · ${web.lanUrl}` : ""}`,
    ...(uplink ? [`uplink  ${uplink.url} · ${uplink.connected ? "connected" : "away"} · ${uplink.waiting} waiting`] : []),
    ...(storage ? [`storage  ${describeStorage(storage)}`] : []),
    ...(image ? [`image  ${formatImage(image).replaceAll("\n", "\n       ")}`] : []),
    ...(troubles ?? []).map(({ text, fix }) => `wrong  ${text}${fix ? `. ${fix}` : ""}`),
    `messages  ${counts.messagesIn} in · ${counts.messagesOut} out · ${counts.dropped} dropped · ${counts.deadLetters} dead letters`,
    "",
    formatPlugins(plugins),
  ].join("\n");
}

function describeStorage(storage: NonNullable<SystemStatus["storage"]>): string {
  const { journalBytes, limitBytes, writtenTodayBytes, budgetBytes } = storage;
  const of = budgetBytes === undefined ? "" : ` of ${formatBytes(budgetBytes)}`;
  return [
    `journal ${formatBytes(journalBytes)} of ${formatBytes(limitBytes)}`,
    writtenTodayBytes === undefined ? "" : `disk written today ${formatBytes(writtenTodayBytes)}${of}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
