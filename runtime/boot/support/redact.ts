import type { DeployReport, DeviceDocument, SystemEvent, SystemStatus } from "../../contract/index.ts";

/**
 * What of a device goes to a stranger who helps: what is named here, and nothing else. Values that people or plugins wrote stay home,
 * since any of them may be a secret; that something is set, and how many there are, is told.
 */
const REMOVED = "(removed)";

/** Parts of the document whose values are plain settings. "*" is any key. */
const SHOWN = [
  "name",
  "group",
  "timezone",
  "mqtt/port",
  "mqtt/listen",
  "mqtt/tls/port",
  "mqtt/postQuantum",
  "uplink/control",
  "uplink/spillMegabytes",
  "uplink/postQuantum",
  "uplink/rules/*/direction",
  "uplink/rules/*/qos",
  "uplink/rules/*/priority",
  "discovery/mdns",
  "discovery/homeAssistant",
  "web/port",
  "web/listen",
  "deploys/*",
  "retention/*",
  "storage/*",
  "plugins/*/enabled",
  "plugins/*/version",
  "plugins/*/historyMegabytes",
].map((path) => path.split("/"));

/** Where keys are values too: users, and Wi-Fi networks, whose names tell where a device is. */
const HIDDEN_KEYS: Readonly<Record<string, string>> = { "mqtt/users": "user", "network/wifi/networks": "network" };

/** The document's shape: keys as they are, values only where they are harmless. */
export function redactDocument(document: DeviceDocument): unknown {
  return walk(document, []);
}

function walk(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item, i) => walk(item, [...path, String(i)]));
  if (typeof value === "object" && value !== null) {
    const hidden = HIDDEN_KEYS[path.join("/")];
    return Object.fromEntries(
      Object.entries(value).map(([key, item], i) => [hidden ? `${hidden}-${i + 1}` : key, walk(item, [...path, key])]),
    );
  }
  const shown = SHOWN.some((known) => known.length === path.length && known.every((key, i) => key === "*" || key === path[i]));
  return shown ? value : REMOVED;
}

/** Kinds whose text the supervisor writes from its own words, names of plugins, and numbers. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  "supervisor.stopping",
  "document.changed",
  "plugin.started",
  "plugin.deployed",
  "plugin.settled",
  "plugin.rolled-back",
  "store.full",
  "store.recovered",
  "storage.budget",
  "clock.jumped",
]);

/** An event without what a plugin or a message may have put into its text. */
export function redactEvent({ time, kind, level, plugin, code, text }: SystemEvent): Partial<SystemEvent> {
  const line = kind === "document.refused" ? /\bline \d+/.exec(text)?.[0] : undefined;
  return {
    time,
    kind,
    level,
    ...(plugin != null && { plugin }),
    ...(code != null && { code }),
    text: OWN_WORDS.has(kind) ? text : (line ?? REMOVED),
  };
}

/** The status without what plugins said when they failed; of addresses only what kind they are. */
export function redactStatus({ mqtt, web, uplink, plugins, ...rest }: SystemStatus): unknown {
  return {
    ...rest,
    mqtt: { scheme: schemeOf(mqtt.url), clients: mqtt.clients },
    web: { scheme: schemeOf(web.url) },
    ...(uplink && { uplink: { scheme: schemeOf(uplink.url), connected: uplink.connected, waiting: uplink.waiting } }),
    plugins: plugins.map(({ lastError, ...plugin }) => ({
      ...plugin,
      ...(lastError !== undefined && { lastError: codeOf(lastError) }),
    })),
  };
}

export function redactDeploy({ id, step, outcome, ok, plugin, version, from, error, time, millis }: DeployReport): unknown {
  return { id, step, outcome, ok, plugin, version, from, error: error?.code, time, millis };
}

function schemeOf(url: string): string {
  return /^[a-z]+(?=:\/\/)/.exec(url)?.[0] ?? "";
}

function codeOf(text: string): string {
  return /\bE_[A-Z0-9_]+/.exec(text)?.[0] ?? REMOVED;
}

/** Texts of the document that are nobody's business, to look for in what is about to be handed out. */
export function secretsOf(document: unknown, path = ""): string[] {
  if (typeof document === "string")
    return /\/(password|username|config\/[^/]*|url|broker)$/.test(path) && document.length >= 4 ? [document] : [];
  if (typeof document !== "object" || document === null) return [];
  return Object.entries(document).flatMap(([key, value]) => secretsOf(value, `${path}/${key}`));
}

/** `text` without any of `secrets`: what should not be there in the first place. */
export function scrub(text: string, secrets: readonly string[]): string {
  const spelled = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  return spelled.sort((a, b) => b.length - a.length).reduce((rest, secret) => rest.replaceAll(secret, REMOVED), text);
}
