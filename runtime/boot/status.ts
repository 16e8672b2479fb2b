import type { SystemStatus } from "../contract/index.ts";
import type { Bus } from "../mqtt/index.ts";
import type { PluginHost } from "../script/index.ts";

export interface StatusSources {
  readonly device: string;
  readonly version: string;
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly bus: Bus;
  readonly host: PluginHost;
  webUrl(): string | undefined;
}

/** Everything at a glance, as of now. */
export function readStatus({ device, version, startedAt, bus, host, webUrl }: StatusSources): SystemStatus {
  const plugins = host.status();
  const deadLetters = plugins.reduce((sum, plugin) => sum + plugin.deadLetters, 0);
  const dropped = Object.values(bus.dropped()).reduce((sum, count) => sum + count, host.counts.dropped);
  return {
    device,
    version,
    startedAt,
    mqtt: { url: bus.url, clients: bus.clients() },
    web: { url: webUrl() ?? "" },
    counts: { ...host.counts, dropped, deadLetters },
    memoryBytes: process.memoryUsage.rss(),
    plugins,
  };
}
