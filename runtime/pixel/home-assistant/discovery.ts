import { controlTopic, DEVICE_STATE, type PluginHealth, type RPC_METHODS, type SystemStatus } from "../../contract/index.ts";

export interface DiscoveryOptions {
  /** Where Home Assistant listens: `homeassistant` unless it was told otherwise. */
  readonly prefix: string;
  /** Whether there are buttons that change the device: whoever may publish here may press them. */
  readonly buttons: boolean;
  /** Plugins that were shown and are gone. */
  readonly gone: readonly string[];
}

/** One entity, in Home Assistant's abbreviations. */
export type Component = Readonly<Record<string, unknown>>;

const HEALTH: readonly PluginHealth[] = ["starting", "healthy", "backing-off", "paused"];
const DIAGNOSTIC = { ent_cat: "diagnostic" };
const COUNTS = { p: "sensor", stat_cla: "total_increasing" };
const METHODS = { rollback: "rollback" } as const satisfies Partial<Record<keyof typeof RPC_METHODS, string>>;

/** The topic of the message that tells Home Assistant all about a device: device discovery, Home Assistant 2024.11 and later. */
export function discoveryTopic(device: string, prefix: string): string {
  return `${prefix}/device/${controlId(device)}/config`;
}

/** Where Home Assistant says that it has started and wants to be told everything anew. */
export function birthTopic(prefix: string): string {
  return `${prefix}/status`;
}

/**
 * What that message says: the device, who tells of it, and its entities. An entity that is gone has nothing but its platform, which
 * is how Home Assistant is told to forget it.
 */
export function discoveryConfig(status: SystemStatus, { buttons, gone }: DiscoveryOptions): Component {
  const { device, version, web } = status;
  const id = controlId(device);
  const { online, offline } = DEVICE_STATE;
  const plugins = status.plugins.flatMap(({ name }) => Object.entries(pluginComponents(device, name, buttons)));
  const forgotten = gone
    .flatMap((name) => Object.entries(pluginComponents(device, name, buttons)))
    .map(([key, { p }]) => [key, { p }] as const);
  return {
    dev: {
      ids: [id],
      name: device,
      mf: "STEPPPS",
      mdl: "STEPPPS Edge",
      sw: version,
      ...(web.lanUrl && { cu: web.lanUrl }),
    },
    o: { name: "STEPPPS Edge", sw: version },
    avty: [{ t: controlTopic.state(device), pl_avail: online, pl_not_avail: offline }],
    cmps: { ...Object.fromEntries(forgotten), ...deviceComponents(status), ...Object.fromEntries(plugins) },
  };
}

function deviceComponents(status: SystemStatus): Record<string, Component> {
  const stat_t = controlTopic.homeAssistant(status.device, "device");
  const all: Record<string, Component> = {
    started: { p: "sensor", name: "Started", dev_cla: "timestamp", ...DIAGNOSTIC },
    memory: { p: "sensor", name: "Memory", dev_cla: "data_size", unit_of_meas: "MB", stat_cla: "measurement", ...DIAGNOSTIC },
    messages: { ...COUNTS, name: "Messages in", unit_of_meas: "messages" },
    dropped: { ...COUNTS, name: "Messages dropped", unit_of_meas: "messages", ...DIAGNOSTIC },
    ...(status.uplink && {
      uplink: { p: "binary_sensor", name: "Uplink", dev_cla: "connectivity", ...DIAGNOSTIC },
      waiting: { p: "sensor", name: "Waiting for the uplink", unit_of_meas: "messages", stat_cla: "measurement", ...DIAGNOSTIC },
    }),
  };
  return named(controlId(status.device), all, (what) => ({ stat_t, val_tpl: `{{ value_json.${what} }}` }));
}

function pluginComponents(device: string, plugin: string, buttons: boolean): Record<string, Component> {
  const stat_t = controlTopic.homeAssistant(device, `plugin/${plugin}`);
  const shown = named(
    `${controlId(device)}_${plugin}`,
    {
      health: { p: "sensor", name: `${plugin} health`, dev_cla: "enum", options: HEALTH },
      problem: { p: "binary_sensor", name: `${plugin} problem`, dev_cla: "problem" },
      version: { p: "sensor", name: `${plugin} version`, ...DIAGNOSTIC },
      handled: { ...COUNTS, name: `${plugin} handled`, unit_of_meas: "messages" },
      rate: { p: "sensor", name: `${plugin} rate`, unit_of_meas: "messages/s", stat_cla: "measurement", sug_dsp_prc: 1 },
      letters: { p: "sensor", name: `${plugin} dead letters`, unit_of_meas: "messages", stat_cla: "measurement" },
    },
    (what) => ({ stat_t, val_tpl: `{{ value_json.${what} }}` }),
  );
  if (!buttons) return shown;
  const rollback = { p: "button", name: `${plugin} rollback`, ent_cat: "config", ...pressing(device, plugin) };
  return { ...shown, ...named(`${controlId(device)}_${plugin}`, { rollback }, () => ({})) };
}

/** A press is a request as anyone's, in JSON; nobody waits for its answer. */
function pressing(device: string, plugin: string): Component {
  const cmd_t = controlTopic.rpc(device, METHODS.rollback, "home-assistant");
  return { cmd_t, pl_prs: JSON.stringify({ plugin }), qos: 1, ret: false };
}

/** With a key and an id of their own: "." keeps names apart, as no plugin's has one. */
function named(
  base: string,
  components: Readonly<Record<string, Component>>,
  more: (what: string) => Component,
): Record<string, Component> {
  const entries = Object.entries(components).map(([what, component]) => [
    `${base}.${what}`,
    { ...component, uniq_id: `${base}.${what}`, ...more(what) },
  ]);
  return Object.fromEntries(entries);
}

function controlId(device: string): string {
  return `steppps-${device}`;
}
