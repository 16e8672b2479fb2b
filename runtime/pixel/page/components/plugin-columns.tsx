import type { ComponentChildren } from "preact";
import type { PluginStatus } from "../../../contract/index.ts";
import { formatBytes, formatCount, formatRate } from "../../figures/format.ts";
import { HEALTHS } from "../../figures/health.ts";
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
  { title: "Published", number: true, show: ({ published }) => formatCount(published) },
  { title: "Failures", number: true, show: ({ failures }) => formatCount(failures) },
  { title: "Dead letters", number: true, show: ({ deadLetters }) => formatCount(deadLetters) },
  { title: "Waiting", number: true, show: ({ queued }) => formatCount(queued) },
  { title: "Timers", number: true, show: ({ timers }) => formatCount(timers) },
  { title: "Memory", number: true, show: ({ memoryBytes }) => formatBytes(memoryBytes) },
];

function PluginName({ plugin: { name, durability, health, lastError } }: { plugin: PluginStatus }) {
  return (
    <>
      <span class="plugin-name">{name}</span>
      {durability === "memory" && <span class="tag">not durable</span>}
      {lastError && health !== "healthy" && <span class="last-error">{lastError}</span>}
    </>
  );
}
