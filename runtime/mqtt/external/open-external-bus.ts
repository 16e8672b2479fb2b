import { randomInt } from "node:crypto";
import { type Message, StepppsError, topicMatches } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { BusOptions } from "../bus.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { Tally } from "../tally.ts";
import type { TlsOptions } from "./dial.ts";
import type { ExternalEvents, Presence } from "./events.ts";
import type { ExternalBus } from "./external-bus.ts";
import { Receiver } from "./receiver.ts";
import { MESSAGE_IDS, Sender } from "./sender.ts";
import { Spill } from "./spill.ts";

/** How much a topic's messages are worth while the broker is away. The first filter that matches decides. */
export interface TopicPriority {
  readonly filter: string;
  /** Without a rule: 0 at QoS 0, 1 above. */
  readonly priority: number;
}

export interface ExternalBusOptions extends BusOptions, ExternalEvents {
  /** `mqtt://host:1883` or `mqtts://host:8883`; may hold user and password. */
  readonly url: string;
  /** In place of those in the URL. */
  readonly username?: string;
  readonly password?: string;
  /** Names our session at the broker: the device's name, and the same after every start. */
  readonly clientId: string;
  /** 5, or 4 for MQTT 3.1.1; where absent 5, and 4 if the broker refuses it. */
  readonly version?: 4 | 5;
  readonly tls?: TlsOptions;
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly priorities?: readonly TopicPriority[];
  /** Bounds of what waits while the broker is away; 100,000 messages and 64 MiB where absent. */
  readonly spillMessages?: number;
  readonly spillBytes?: number;
  readonly presence?: Presence;
}

const SPILL_MESSAGES = 100_000;
const SPILL_BYTES = 64 * 1024 * 1024;
/** Answers go last and are dropped first: whoever waits for one can ask again. */
const ANSWER_PRIORITY = -1;

/** A broker elsewhere, to which `start` connects: the connection comes and goes. Rejects with E_MQTT_UPLINK on a bad URL. */
export async function openExternalBus(options: ExternalBusOptions): Promise<ExternalBus> {
  const { journal, clientId, onConnection, onSend } = options;
  const url = parseUrl(options.url);
  const tally = new Tally(options.report);
  const spill = new Spill({
    journal,
    tally,
    limitMessages: options.spillMessages ?? SPILL_MESSAGES,
    limitBytes: options.spillBytes ?? SPILL_BYTES,
    priority: (message) => priorityOf(message, options.priorities ?? []),
  });
  const receiver = new Receiver({
    journal,
    tally,
    onMessage: options.onMessage,
    key: `${url.protocol}//${url.host}/${clientId}`,
    limitMessages: DEFAULT_LIMITS.inflightMessages,
  });
  await Promise.all([spill.load(), receiver.load()]);
  // MQTT.js takes some 70 ms and 19 MB to load, which a device with its own broker does not need
  const { ExternalBus } = await import("./external-bus.ts");
  const tls = url.protocol === "mqtts:";
  return new ExternalBus({
    address: { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || (tls ? 8883 : 1883)), tls },
    url: `${url.protocol}//${url.host}`,
    clientId,
    username: options.username ?? (url.username ? decodeURIComponent(url.username) : undefined),
    password: options.password ?? (url.password ? decodeURIComponent(url.password) : undefined),
    tls: options.tls ?? {},
    version: options.version,
    sender: new Sender(randomInt(MESSAGE_IDS)),
    receiver,
    spill,
    tally,
    presence: options.presence,
    events: { ...(onConnection && { onConnection }), ...(onSend && { onSend }) },
  });
}

function priorityOf(message: Message, rules: readonly TopicPriority[]): number {
  if (message.answer) return ANSWER_PRIORITY;
  const rule = rules.find(({ filter }) => topicMatches(filter, message.topic));
  return rule?.priority ?? (message.qos > 0 ? 1 : 0);
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  // The text may hold a password, so it is not shown
  if (!url || !/^mqtts?:$/.test(url.protocol) || !url.hostname)
    throw new StepppsError("E_MQTT_UPLINK", "the URL is not mqtt://host or mqtts://host");
  return url;
}
