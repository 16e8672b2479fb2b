import type { ComponentChildren } from "preact";
import type { PluginStatus } from "../../../contract/index.ts";
import { formatBytes, formatCount, formatMillis, formatRate } from "../../figures/format.ts";
import { HEALTHS } from "../../figures/health.ts";
import { pluginLink } from "../model/place.ts";
import { ToneWord } from "./tone.tsx";

export interface Column {
  readonly title: string;
  readonly number?: boolean;
  /** `rate`: inputs handled per second. */
  readonly show: (plugin: PluginStatus, rate: number) => ComponentChildren;
}

/** The table's columns, in order; the first names the row. */
export const COLUMNS: readonly [Column, ...Column[]] = [
  { title: "Plugin", show: (plugin) => <PluginName plugin={plugin} /> },
  { title: "Version", show: ({ version }) => version },
  { title: "Health", show: ({ health }) => <ToneWord tone={HEALTHS[health].tone}>{HEALTHS[health].word}</ToneWord> },
  { title: "Per second", number: true, show: (_, rate) => formatRate(rate) },
  { title: "Handled", number: true, show: ({ handled }) => formatCount(handled) },
  { title: "Call p99", number: true, show: ({ calls }) => formatMillis(calls.p99) },
  { title: "Lag p99", number: true, show: ({ calls }) => formatMillis(calls.lagP99) },
  { title: "Failures", number: true, show: ({ failures }) => formatCount(failures) },
  { title: "Dead letters", number: true, show: ({ deadLetters }) => formatCount(deadLetters) },
  { title: "Waiting", number: true, show: ({ queued }) => formatCount(queued) },
  { title: "Memory", number: true, show: ({ memoryBytes }) => formatBytes(memoryBytes) },
];

function PluginName({ plugin: { name, durability, health, lastError, canary, probationUntil } }: { plugin: PluginStatus }) {
  return (
    <>
      <a class="plugin-name" href={pluginLink(name)}>
        {name}
      </a>
      {durability === "memory" && <span class="tag">not durable</span>}
      {probationUntil !== undefined && <span class="tag">watched</span>}
      {canary && (
        <span class="tag">
          {canary.version} gets {canary.percent}%
        </span>
      )}
      {lastError && health !== "healthy" && <span class="last-error">{lastError}</span>}
    </>
  );
}
