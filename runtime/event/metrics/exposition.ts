import type { Histogram } from "../../contract/index.ts";

export type Labels = Readonly<Record<string, string>>;

/** One number of a family, and what tells it from the others. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** A histogram's, in ms; written in seconds. */
export interface HistogramSample {
  readonly labels?: Labels;
  readonly histogram: Histogram;
}

/** All numbers of one name. A counter's name ends in `_total`, units are base units and part of the name. */
export type Family =
  | { readonly name: string; readonly type: "counter" | "gauge"; readonly help: string; readonly samples: readonly Sample[] }
  | { readonly name: string; readonly type: "histogram"; readonly help: string; readonly samples: readonly HistogramSample[] };

/**
 * The text that Prometheus scrapes (format 0.0.4):
 *
 *   # HELP steppps_plugin_calls_total Inputs handed to …
 *   # TYPE steppps_plugin_calls_total counter
 *   steppps_plugin_calls_total{plugin="motion-light"} 17
 *
 * Written from what is counted anyway, when it is asked for. prom-client 15 was tried in its place: 25 ms and 21 MiB to load, and
 * it keeps counts of its own, which would have to be set at each scrape (20 ms for the first one of 200 plugins).
 */
export function writeExposition(families: readonly Family[]): string {
  let text = "";
  for (const family of families) {
    const { name, type, help, samples } = family;
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}\n# TYPE ${name} ${type}\n`;
    if (family.type === "histogram") for (const sample of family.samples) text += writeHistogram(name, sample);
    else for (const { labels, value } of family.samples) text += `${name}${braced(writeLabels(labels))} ${writeNumber(value)}\n`;
  }
  return text;
}

function writeHistogram(name: string, { labels, histogram: { bounds, counts, sum } }: HistogramSample): string {
  const own = writeLabels(labels);
  const comma = own === "" ? "" : ",";
  let text = "";
  let count = 0;
  for (const [i, bound] of bounds.entries()) {
    count += counts[i] ?? 0;
    text += `${name}_bucket{${own}${comma}le="${seconds(bound)}"} ${count}\n`;
  }
  count += counts[bounds.length] ?? 0;
  text += `${name}_bucket{${own}${comma}le="+Inf"} ${count}\n`;
  return `${text}${name}_sum${braced(own)} ${seconds(sum)}\n${name}_count${braced(own)} ${count}\n`;
}

const braced = (labels: string) => (labels === "" ? "" : `{${labels}}`);

function writeLabels(labels: Labels | undefined): string {
  if (!labels) return "";
  let text = "";
  for (const name in labels) text += `${text === "" ? "" : ","}${name}="${escapeLabel(labels[name] ?? "")}"`;
  return text;
}

function escapeLabel(value: string): string {
  return /[\\"\n]/.test(value) ? value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n") : value;
}

/** Without the noise of a division by 1000: 0.3 ms is 0.0003. */
const seconds = (millis: number) => writeNumber(Math.round(millis * 1e6) / 1e9);

function writeNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
