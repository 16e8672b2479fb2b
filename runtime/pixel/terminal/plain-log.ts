import type { PluginStatus, SystemEvent, SystemStatus } from "../../contract/index.ts";
import { eventText } from "../figures/alert.ts";
import { formatCount, formatNumberOf, formatRate } from "../figures/format.ts";
import { summarize } from "../figures/health.ts";
import type { Rates } from "../figures/rate.ts";

const EVERY_MILLIS = 10_000;

/** The live view where it cannot be redrawn: a line when the plugins change, and otherwise at most one in ten seconds. */
export interface PlainLog {
  status(status: SystemStatus, rates: Rates, at: number): string | undefined;
  alert(event: SystemEvent): string;
}

export function createPlainLog(): PlainLog {
  let shown: { plugins: string; line: string; at: number } | undefined;
  return {
    status(status, rates, at) {
      const plugins = status.plugins.map(({ name, version, health }) => `${name} ${version} ${health}`).join();
      const line = statusLine(status, rates);
      const due = !shown || plugins !== shown.plugins || (at - shown.at >= EVERY_MILLIS && line !== shown.line);
      if (due) shown = { plugins, line, at };
      return due ? line : undefined;
    },
    alert: (event) => `${new Date(event.time).toISOString()} ${event.level} ${event.kind} ${eventText(event)}`,
  };
}

function statusLine({ device, web, plugins, counts }: SystemStatus, rates: Rates): string {
  return [
    [device, web.url].filter(Boolean).join(" "),
    healthText(plugins),
    `in ${formatRate(rates.messagesIn)}/s (${formatCount(counts.messagesIn)})`,
    `out ${formatRate(rates.messagesOut)}/s (${formatCount(counts.messagesOut)})`,
    `${formatCount(counts.dropped)} dropped`,
    formatNumberOf(counts.deadLetters, "dead letter"),
  ].join(" | ");
}

function healthText(plugins: readonly PluginStatus[]): string {
  const { headline, detail } = summarize(plugins);
  return detail || headline.toLowerCase();
}
