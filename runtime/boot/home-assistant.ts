import { type DeviceDocument, type Message, type SystemStatus, utf8 } from "../contract/index.ts";
import type { Bus } from "../mqtt/index.ts";
import {
  birthTopic,
  discoveryConfig,
  discoveryTopic,
  homeAssistantStates,
  type Sample,
  sampleOf,
} from "../pixel/home-assistant/index.ts";
import type { Alarm, Clock } from "../platform/index.ts";
import { HOME_ASSISTANT_PREFIX } from "./uplink.ts";

export interface HomeAssistantPorts {
  readonly bus: Pick<Bus, "publish" | "subscribe" | "uplink">;
  readonly clock: Clock;
  readonly device: string;
  readonly discovery: DeviceDocument["discovery"];
  status(): SystemStatus;
}

export interface HomeAssistant {
  /** Hears what passes: Home Assistant says when it has started. */
  hear(message: Pick<Message, "topic" | "payload">): void;
  close(): void;
}

const EVERY_MS = 5_000;
/** Plugins that are gone are named among the others for as long as the supervisor runs, the last of them. */
const GONE = 50;
const BIRTH = "online";

/**
 * Shows the device to Home Assistant, and what changes of it every few seconds. Where the document says that it is not to be shown,
 * what an earlier run told is taken back.
 */
export async function showToHomeAssistant(ports: HomeAssistantPorts): Promise<HomeAssistant | undefined> {
  const { bus, clock, device, discovery, status } = ports;
  const {
    homeAssistant,
    homeAssistantButtons: buttons = false,
    homeAssistantPrefix: prefix = HOME_ASSISTANT_PREFIX,
  } = discovery ?? {};
  const say = (topic: string, text: string, retain: boolean) =>
    bus.publish({ topic, payload: utf8(text), qos: retain ? 1 : 0, retain }).catch(() => {});
  if (!homeAssistant) {
    if (homeAssistant === false) await say(discoveryTopic(device, prefix), "", true);
    return undefined;
  }
  const birth = birthTopic(prefix);
  await bus.subscribe(birth);
  const gone = new Set<string>();
  let told = "";
  let shown = new Set<string>();
  let states = new Map<string, string>();
  let sample: Sample | undefined;
  let connected: boolean | undefined;
  let alarm: Alarm | undefined;
  let ended = false;

  /** `all`: whether or not it was told before. */
  const tell = async (all: boolean) => {
    const now = status();
    const time = clock.monotonic();
    const names = new Set(now.plugins.map(({ name }) => name));
    for (const name of shown) if (!names.has(name)) gone.add(name);
    for (const name of names) gone.delete(name);
    for (const oldest of gone) if (gone.size > GONE) gone.delete(oldest);
    const config = JSON.stringify(discoveryConfig(now, { prefix, buttons, gone: [...gone] }));
    const next = homeAssistantStates(now, sample, time);
    const changed = [...next].filter(([topic, text]) => all || states.get(topic) !== text);
    const anew = all || config !== told;
    [told, shown, states, sample] = [config, names, next, sampleOf(now, time)];
    if (anew) await say(discoveryTopic(device, prefix), config, true);
    await Promise.all(changed.map(([topic, text]) => say(topic, text, false)));
  };
  const turn = async () => {
    const was = connected;
    connected = bus.uplink?.connected;
    // What was said meanwhile did not get there
    await tell(connected === true && was === false);
    if (!ended) alarm = clock.after(EVERY_MS, turn);
  };
  connected = bus.uplink?.connected;
  await tell(true);
  alarm = clock.after(EVERY_MS, turn);
  return {
    hear({ topic, payload }) {
      if (topic === birth && Buffer.from(payload).toString() === BIRTH) void tell(true);
    },
    close() {
      ended = true;
      alarm?.cancel();
    },
  };
}
