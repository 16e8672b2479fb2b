import { setTimeout as sleep } from "node:timers/promises";
import { type IClientOptions, MqttClient } from "mqtt";
import { type Message, parseTopic, parseTopicFilter, StepppsError, utf8 } from "../../contract/index.ts";
import type { Bus, SubscribeOptions, UplinkState } from "../bus.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Tally } from "../tally.ts";
import { Corker } from "../wire/egress.ts";
import { type Framer, PACKET } from "../wire/framer.ts";
import { keepNoNumbers } from "../wire/library-numbers.ts";
import { decodePublish } from "../wire/publish.ts";
import { TopicNames } from "../wire/topic-names.ts";
import { Wire } from "../wire/wire.ts";
import { type Address, dial, explainDial, type TlsOptions } from "./dial.ts";
import { Drain } from "./drain.ts";
import type { ExternalEvents, Presence } from "./events.ts";
import { GATHER_MS, Gather } from "./gather.ts";
import { LibraryIds } from "./library-ids.ts";
import type { Receiver } from "./receiver.ts";
import { MESSAGE_IDS, type Sender } from "./sender.ts";
import type { Keeping, Spill } from "./spill.ts";

interface Options {
  readonly address: Address;
  readonly url: string;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsOptions;
  /** undefined: 5, or 4 (3.1.1) where the broker refuses 5. */
  readonly version: 4 | 5 | undefined;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly spill: Spill;
  readonly tally: Tally;
  readonly presence: Presence | undefined;
  readonly events: ExternalEvents;
}

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 30_000;
/** To say goodbye. */
const GOODBYE_MS = 1000;
const SESSION_SECONDS = 7 * 24 * 3600;
/** QoS 1 and 2 messages under way to us, and from us where the broker sets no bound. */
const WINDOW = 1000;
/**
 * QoS 2 messages under way over MQTT 3.1.1, where a broker cannot say how many it takes: what mosquitto takes by default. Of more
 * than that mosquitto 2.0.11 loses some, acknowledged all the same.
 */
const WINDOW_TWOS_4 = 20;
/** Larger answers are not written to the disk for a broker that is away: none of them is one to a change. */
const KEPT_ANSWER_BYTES = 64 * 1024;
/** "Unsupported protocol version", in MQTT 3.1.1 and in MQTT 5. */
const REFUSED_VERSION = [1, 132];
/** "Bad user name or password" and "not authorized", in both. */
const REFUSED_LOGIN = [4, 5, 134, 135];

/**
 * A broker elsewhere. MQTT.js connects, keeps the connection alive, connects again and subscribes; messages and their
 * acknowledgements take the short way past it, so that each can be acknowledged once it is dealt with and not one after the other.
 */
export class ExternalBus implements Bus {
  readonly url: string;
  readonly #options: Options;
  readonly #corker = new Corker();
  readonly #names = new TopicNames();
  readonly #drain: Drain;
  /** With whether their retained messages were asked for and not yet got. */
  readonly #filters = new Map<string, boolean>();
  #client: MqttClient | undefined;
  #wire: Wire | undefined;
  #version: 4 | 5;
  #connected = false;
  #subscribed = false;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    this.url = options.url;
    this.#version = options.version ?? 5;
    const { events, sender, spill, tally } = options;
    this.#drain = new Drain({
      sender,
      spill,
      tally,
      window: WINDOW,
      onSend: events.onSend,
      connected: () => this.#connected && !this.#closed,
      failed: (error) => this.#failed(error),
    });
  }

  /** Over MQTT 3.1.1 a client cannot ask not to be sent what it published. */
  get echoes(): boolean {
    return this.#version === 4;
  }

  get uplink(): UplinkState {
    const { sender, spill } = this.#options;
    return { url: this.url, connected: this.#connected, waiting: spill.size + sender.pending };
  }

  async start(): Promise<void> {
    const { clientId, presence, username, password } = this.#options;
    const options: IClientOptions = {
      clientId,
      clean: false,
      protocolId: "MQTT",
      protocolVersion: this.#version,
      keepalive: 30,
      connectTimeout: 10_000,
      reconnectPeriod: RETRY_MIN_MS,
      reconnectOnConnackError: true,
      resubscribe: false,
      queueQoSZero: false,
      messageIdProvider: new LibraryIds(MESSAGE_IDS),
      properties: { sessionExpiryInterval: SESSION_SECONDS, receiveMaximum: WINDOW },
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(presence && { will: { topic: presence.topic, payload: Buffer.from(presence.offline), qos: 1, retain: true } }),
    };
    keepNoNumbers();
    const client = new MqttClient(() => this.#open(), options);
    this.#client = client;
    client.on("connect", ({ sessionPresent, properties }) => {
      client.options.reconnectPeriod = RETRY_MIN_MS;
      this.#up(sessionPresent, Math.min(properties?.receiveMaximum ?? WINDOW, WINDOW));
    });
    client.on("reconnect", () => {
      client.options.protocolVersion = this.#version;
      client.options.reconnectPeriod = Math.min(RETRY_MAX_MS, (client.options.reconnectPeriod ?? RETRY_MIN_MS) * 2);
    });
    client.on("close", () => this.#down());
    client.on("error", (error) => this.#failed(error));
  }

  clients(): number {
    return 0;
  }

  connected(): boolean {
    return this.#connected;
  }

  dropped() {
    return { ...this.#options.tally.dropped };
  }

  /** Resolves at once: while the broker is away the filter is kept, and subscribed to when it is back. */
  async subscribe(filter: string, options: SubscribeOptions = {}): Promise<void> {
    this.#filters.set(parseTopicFilter(filter), options.retained ?? false);
    if (this.#connected) this.#subscribe([filter]);
  }

  async unsubscribe(filter: string): Promise<void> {
    this.#filters.delete(filter);
    if (this.#connected) this.#client?.unsubscribe(filter, () => {});
  }

  publish(message: Message): Promise<void> {
    if (this.#closed) return Promise.reject(new StepppsError("E_MQTT_CLOSED"));
    try {
      parseTopic(message.topic);
    } catch (error) {
      return Promise.reject(error);
    }
    const { events, sender, spill } = this.#options;
    if (!this.#connected || sender.full || this.#drain.busy) {
      if (message.answer && message.payload.length > KEPT_ANSWER_BYTES)
        return Promise.reject(new StepppsError("E_MQTT_UPLINK", `${this.url}: it cannot take an answer now`));
      return spill.add(message).then(() => void this.#drain.run());
    }
    events.onSend?.(message);
    return sender.publish(message);
  }

  /** Resolves when the journal holds the message, however the broker is; it goes out in its turn. */
  async keep(message: Message, keeping: Keeping): Promise<void> {
    if (this.#closed) throw new StepppsError("E_MQTT_CLOSED");
    parseTopic(message.topic);
    await this.#options.spill.add(message, keeping);
    void this.#drain.run();
  }

  async publishAll(messages: readonly Message[]): Promise<void> {
    await Promise.all(messages.map((message) => this.publish(message)));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#connected) await Promise.race([this.#say("offline"), sleep(GOODBYE_MS, undefined, { ref: false })]);
    await new Promise<void>((resolve) => {
      if (this.#client) this.#client.end(!this.#connected, {}, () => resolve());
      else resolve();
    });
    this.#options.sender.close();
  }

  #open(): Wire["passage"] {
    const { address, receiver, tally, tls } = this.#options;
    const gather = new Gather();
    const socket = dial(address, tls, (chunk) => {
      if (!wire.receive(chunk)) return false;
      if (!gather.heard(chunk.length, performance.now())) return true;
      setTimeout(() => socket.resume(), GATHER_MS);
      return false;
    });
    const wire: Wire = new Wire(socket, {
      corker: this.#corker,
      limit: () => DEFAULT_LIMITS.packetBytes * 16,
      fullAt: DEFAULT_LIMITS.unreadBytes,
      take: (framer) => this.#take(framer, wire),
      mayRead: () => receiver.mayRead,
      onHeard: () => {},
      onError: (error) => tally.report(error),
      onFailure: (error) => this.#failed(error),
      onGone: () => {},
    });
    this.#wire = wire;
    return wire.passage;
  }

  #take(framer: Framer, wire: Wire): boolean {
    const { receiver, sender } = this.#options;
    const { buffer, body, end, type } = framer;
    if (type === PACKET.connack) {
      const [flags = 0, reason = 0] = buffer.subarray(body, end);
      if (REFUSED_VERSION.includes(reason) && this.#options.version === undefined) this.#version = 4;
      // Not when the library says so: messages may follow in the same chunk
      if (reason === 0) receiver.connected(wire, (flags & 1) === 1);
      return false;
    }
    if (type === PACKET.publish) receiver.take(decodePublish(framer, this.#names, this.#version), wire);
    else if (type >= PACKET.puback && type <= PACKET.pubcomp) {
      if (end - body < 2) throw new StepppsError("E_MQTT_PACKET", "an acknowledgement that is cut short");
      const id = buffer.readUInt16BE(body);
      if (type === PACKET.pubrel) receiver.release(id, wire);
      else sender.acknowledged(type, id, end - body > 2 ? (buffer[body + 2] ?? 0) : 0);
    } else return false;
    return true;
  }

  #up(sessionPresent: boolean, window: number): void {
    const wire = this.#wire as Wire;
    this.#connected = true;
    const twos = this.#version === 4 ? Math.min(window, WINDOW_TWOS_4) : window;
    this.#options.sender.connected({ egress: wire.egress, version: this.#version, window, twos }, sessionPresent);
    void this.#say("online");
    this.#options.events.onConnection?.(true);
    if (!sessionPresent || !this.#subscribed) this.#subscribe([...this.#filters.keys()]);
    this.#subscribed = true;
    void this.#drain.run();
  }

  #down(): void {
    if (this.#connected) {
      this.#failed(new Error("the connection was lost"));
      if (!this.#closed) this.#options.events.onConnection?.(false);
    }
    this.#connected = false;
    this.#options.sender.disconnected();
  }

  #failed(error: Error): void {
    if (this.#closed) return;
    const login = REFUSED_LOGIN.includes((error as { readonly code?: unknown }).code as number);
    const said = login ? new StepppsError("E_MQTT_UPLINK_LOGIN", `${this.url}: ${error.message}`) : explainDial(this.url, error);
    this.#options.tally.report(said);
  }

  /** Never rejects. */
  async #say(state: "online" | "offline"): Promise<void> {
    const { presence, sender } = this.#options;
    if (!presence) return;
    const message = { topic: presence.topic, payload: utf8(presence[state]), qos: 1, retain: true } as const;
    await sender.publish(message).catch((error: Error) => this.#failed(error));
  }

  #subscribe(filters: readonly string[]): void {
    for (const retained of [true, false]) {
      const some = filters.filter((filter) => this.#filters.get(filter) === retained);
      if (some.length === 0) continue;
      // MQTT 5: not what we published ourselves, retained messages with their flag, and only where asked for
      const options = this.#version === 5 ? { qos: 2 as const, nl: true, rap: true, rh: retained ? 0 : 2 } : { qos: 2 as const };
      this.#client?.subscribe(some, options, (error) => {
        if (error) return this.#failed(error);
        for (const filter of some) if (this.#filters.has(filter)) this.#filters.set(filter, false);
      });
    }
  }
}
