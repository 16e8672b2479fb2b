import type { SystemStatus, Trouble } from "../contract/index.ts";
import type { Bus } from "../mqtt/index.ts";
import type { PluginHost } from "../script/index.ts";

export interface StatusSources {
  readonly device: string;
  readonly version: string;
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly bus: Pick<Bus, "url" | "clients" | "dropped">;
  readonly host: Pick<PluginHost, "status" | "counts">;
  web(): { readonly url: string; readonly lanUrl?: string | undefined } | undefined;
  /** Undefined where there is none. */
  uplink?(): SystemStatus["uplink"];
  storage?(): SystemStatus["storage"];
  image?(): SystemStatus["image"];
  troubles?(): readonly Trouble[];
}

/** Everything at a glance, as of now. */
export function readStatus({ device, version, startedAt, bus, host, ...parts }: StatusSources): SystemStatus {
  const plugins = host.status();
  const deadLetters = plugins.reduce((sum, plugin) => sum + plugin.deadLetters, 0);
  const dropped = Object.values(bus.dropped()).reduce((sum, count) => sum + count, host.counts.dropped);
  const { url = "", lanUrl } = parts.web() ?? {};
  const [uplink, storage, image] = [parts.uplink?.(), parts.storage?.(), parts.image?.()];
  const troubles = parts.troubles?.() ?? [];
  return {
    device,
    version,
    startedAt,
    mqtt: { url: bus.url, clients: bus.clients() },
    web: { url, ...(lanUrl && { lanUrl }) },
    ...(uplink && { uplink }),
    ...(storage && { storage }),
    ...(image && { image }),
    ...(troubles.length > 0 && { troubles }),
    counts: { ...host.counts, dropped, deadLetters },
    memoryBytes: process.memoryUsage.rss(),
    plugins,
  };
}
