import type { PluginHealth, PluginStatus } from "../../contract/index.ts";
import { formatNumberOf } from "./format.ts";

/** How serious something is; each way of showing it has its own colour and sign for each. */
export type Tone = "good" | "neutral" | "warn" | "bad";

/** Worst first: the order in which people want to read them. */
export const HEALTHS: Readonly<Record<PluginHealth, { readonly word: string; readonly tone: Tone }>> = {
  paused: { word: "paused", tone: "bad" },
  "backing-off": { word: "backing off", tone: "warn" },
  starting: { word: "starting", tone: "neutral" },
  healthy: { word: "healthy", tone: "good" },
};

const ORDER = Object.keys(HEALTHS) as readonly PluginHealth[];

export interface Summary {
  /** Of the plugin that is worst off. */
  readonly tone: Tone;
  /** "All 4 plugins are healthy", "2 of 6 plugins need attention". */
  readonly headline: string;
  /** "1 paused, 1 backing off, 4 healthy"; "" where the headline says it all. */
  readonly detail: string;
}

/** The plugins at a glance. */
export function summarize(plugins: readonly PluginStatus[]): Summary {
  const count = (...healths: PluginHealth[]) => plugins.filter(({ health }) => healths.includes(health)).length;
  const present = ORDER.filter((health) => count(health) > 0);
  const [worst] = present;
  if (!worst) return { tone: "neutral", headline: "No plugins yet", detail: "" };
  const { word, tone } = HEALTHS[worst];
  const detail = present.map((health) => `${count(health)} ${HEALTHS[health].word}`).join(", ");
  const trouble = count("paused", "backing-off");
  const all = formatNumberOf(plugins.length, "plugin");
  if (present.length === 1) {
    return { tone, headline: plugins.length === 1 ? `The plugin is ${word}` : `All ${all} are ${word}`, detail: "" };
  }
  if (trouble === 0) return { tone, headline: `${count(worst)} of ${all} ${word}`, detail };
  return { tone, headline: `${trouble} of ${all} ${trouble === 1 ? "needs" : "need"} attention`, detail };
}

/** Worst first, otherwise in the order given. */
export function byHealth(plugins: readonly PluginStatus[]): PluginStatus[] {
  return [...plugins].sort((a, b) => ORDER.indexOf(a.health) - ORDER.indexOf(b.health));
}
