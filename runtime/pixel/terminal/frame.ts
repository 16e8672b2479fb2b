import type { PluginStatus, SystemEvent, SystemStatus } from "../../contract/index.ts";
import { eventText } from "../figures/alert.ts";
import { formatBytes, formatCount, formatDuration, formatNumberOf, formatRate, formatTime } from "../figures/format.ts";
import { byHealth, HEALTHS } from "../figures/health.ts";
import type { Rates } from "../figures/rate.ts";
import type { Line } from "./line.ts";
import type { Look } from "./look.ts";
import { padText, plainText, textWidth } from "./text.ts";

/** What one picture of the live view is drawn from. */
export interface Scene {
  readonly status: SystemStatus;
  readonly rates: Rates;
  /** Newest last. */
  readonly alerts: readonly SystemEvent[];
  readonly notes: readonly string[];
  /** ms since the epoch. */
  readonly now: number;
}

export const MAX_LINES = 15;
const MAX_NOTES = 2;
const MAX_ALERTS = 3;
const MAX_NAME = 28;

/** The live view in at most `height` lines: title, addresses, notes, plugins (worst first where not all fit), counters, alerts. */
export function drawFrame(scene: Scene, height: number, look: Look): Line[] {
  const notes = scene.notes.slice(0, MAX_NOTES).map((text): Line => [{ text: "note  ", style: "warn" }, { text }]);
  const alerts = scene.alerts.slice(-MAX_ALERTS).map((event) => alertLine(event));
  const head = [titleLine(scene), addressLine(scene, look), ...notes, []];
  const tail = [[], countsLine(scene, look), ...alerts, [{ text: "Ctrl-C stops it", style: "dim" } as const]];
  const room = Math.max(1, Math.min(height, MAX_LINES) - head.length - tail.length);
  return [...head, ...pluginLines(scene, room, look), ...tail].slice(0, Math.min(height, MAX_LINES));
}

function titleLine({ status, now }: Scene): Line {
  return [
    { text: status.device, style: "bold" },
    { text: `  STEPPPS Edge ${status.version}, up ${formatDuration(now - status.startedAt)}`, style: "dim" },
  ];
}

function addressLine({ status: { web, mqtt } }: Scene, { glyphs }: Look): Line {
  // The page comes up after the plugins, and may be switched off.
  const page: Line = [
    { text: "page  ", style: "dim" },
    { text: web.url, style: "accent" },
    { text: ` ${glyphs.dot} `, style: "dim" },
  ];
  return [
    ...(web.url ? page : []),
    { text: "mqtt  ", style: "dim" },
    { text: mqtt.url, style: "accent" },
    { text: ` (${formatNumberOf(mqtt.clients, "client")})`, style: "dim" },
  ];
}

function pluginLines({ status, rates }: Scene, room: number, look: Look): Line[] {
  const { plugins } = status;
  if (plugins.length === 0) return [[{ text: "no plugins yet: " }, { text: "npx steppps plugin new my-rule", style: "accent" }]];
  const shown = plugins.length <= room ? plugins : byHealth(plugins).slice(0, room - 1);
  const widths = { name: widest(shown, look, "name"), version: widest(shown, look, "version") };
  const lines = shown.map((plugin) => pluginLine(plugin, rates.handled.get(plugin.name) ?? 0, widths, look));
  const rest = plugins.length - shown.length;
  return rest > 0 ? [...lines, [{ text: `  and ${formatNumberOf(rest, "other plugin")}`, style: "dim" }]] : lines;
}

function pluginLine(plugin: PluginStatus, rate: number, widths: { name: number; version: number }, look: Look): Line {
  const { word, tone } = HEALTHS[plugin.health];
  const { ellipsis } = look.glyphs;
  const pad = (text: string, columns: number) => padText(plainText(text, look.unicode), columns, ellipsis);
  const { canary, probationUntil } = plugin;
  const trouble = [
    probationUntil === undefined ? "" : "watched",
    canary ? `${canary.version} gets ${canary.percent}%` : "",
    plugin.queued > 0 ? `${formatCount(plugin.queued)} waiting` : "",
    plugin.deadLetters > 0 ? formatNumberOf(plugin.deadLetters, "dead letter") : "",
    plugin.health !== "healthy" && plugin.lastError ? plugin.lastError : "",
  ].filter(Boolean);
  return [
    { text: `${look.glyphs.tone[tone]} `, style: tone },
    { text: pad(plugin.name, widths.name) },
    { text: `  ${pad(plugin.version, widths.version)}`, style: "dim" },
    { text: `  ${word.padEnd(11)}`, style: tone },
    { text: `${`${formatRate(rate)}/s`.padStart(9)}` },
    { text: trouble.length > 0 ? `  ${trouble.join(", ")}` : "", style: tone === "good" ? "dim" : tone },
  ];
}

function countsLine({ status: { counts, memoryBytes }, rates }: Scene, { glyphs }: Look): Line {
  const apart = ` ${glyphs.dot} `;
  return [
    { text: "in ", style: "dim" },
    { text: `${formatRate(rates.messagesIn)}/s`, style: "bold" },
    { text: ` ${formatCount(counts.messagesIn)}${apart}out `, style: "dim" },
    { text: `${formatRate(rates.messagesOut)}/s`, style: "bold" },
    { text: ` ${formatCount(counts.messagesOut)}${apart}`, style: "dim" },
    { text: `${formatCount(counts.dropped)} dropped`, style: counts.dropped > 0 ? "warn" : "dim" },
    { text: apart, style: "dim" },
    { text: formatNumberOf(counts.deadLetters, "dead letter"), style: counts.deadLetters > 0 ? "warn" : "dim" },
    { text: `${apart}${formatBytes(memoryBytes)}`, style: "dim" },
  ];
}

function alertLine(event: SystemEvent): Line {
  const tone = event.level === "error" ? "bad" : "warn";
  return [
    { text: `${formatTime(event.time)} `, style: "dim" },
    { text: `${event.level.padEnd(5)} `, style: tone },
    { text: eventText(event) },
  ];
}

function widest(plugins: readonly PluginStatus[], look: Look, field: "name" | "version"): number {
  return Math.min(MAX_NAME, Math.max(...plugins.map((plugin) => textWidth(plainText(plugin[field], look.unicode)))));
}
