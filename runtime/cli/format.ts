import type { SystemEvent } from "../contract/event.ts";
import type { PluginStatus } from "../contract/status.ts";
import { table } from "./output.ts";

/** Plugins as a table. */
export function formatPlugins(plugins: readonly PluginStatus[]): string {
  if (plugins.length === 0) return "no plugins";
  const rows = plugins.map((plugin) => [
    plugin.name,
    plugin.version,
    plugin.health,
    String(plugin.handled),
    String(plugin.published),
    String(plugin.deadLetters),
    plugin.lastError ?? "",
  ]);
  return table([["PLUGIN", "VERSION", "HEALTH", "HANDLED", "PUBLISHED", "DEAD", "LAST ERROR"], ...rows]);
}

/** "17:05:09.120 warn  motion-light  text"; further lines of the text are indented, so that none passes for an event of its own. */
export function formatEvent({ time, level, kind, plugin, code, text }: SystemEvent): string {
  const clock = new Date(time).toISOString().slice(11, 23);
  const what = kind === "plugin.log" ? text : `${kind}${code ? ` ${code}` : ""}: ${text}`;
  return `${clock} ${level.padEnd(5)} ${plugin ?? "-"}  ${what.replaceAll("\n", "\n    ")}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
