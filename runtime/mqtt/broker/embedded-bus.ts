import type { EventEmitter } from "node:events";
import type { Server, Socket } from "node:net";
import type { Aedes, AedesOptions, Client } from "aedes";
import { type Message, parseTopicFilter, type Qos, StepppsError } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { Bus, BusOptions, SubscribeOptions } from "../bus.ts";
import type { Limits } from "../limits.ts";
import type { Tally } from "../tally.ts";
import { Corker } from "../wire/egress.ts";
import { Gate } from "../wire/gate.ts";
import { MAX_LEVELS, TopicNames } from "../wire/topic-names.ts";
import { Turnstile } from "../wire/turnstile.ts";
import { type AccessRule, mayAccess } from "./access.ts";
import { forget, handOver, type Packet } from "./aedes.ts";
import { Connection } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { Exchange } from "./exchange.ts";
import { Ingress } from "./ingress.ts";
import { portOf } from "./listen.ts";
import { JournalPersistence } from "./persistence/journal-persistence.ts";

interface Options {
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly onMessage: BusOptions["onMessage"];
  readonly access: readonly AccessRule[];
  readonly limits: Limits;
  readonly tally: Tally;
}

/** Retained messages that the supervisor is given at once. */
const RETAINED_AT_ONCE = 256;
const DONE = Promise.resolve();
/** CONNACK's return code, section 3.2.2.3. */
const SERVER_UNAVAILABLE = 3;
/** aedes looks whether other brokers of a cluster are alive; there are none. */
const HEARTBEAT_MS = 3_600_000;

/**
 * The broker inside the supervisor. aedes keeps what a session is (CONNECT, subscriptions, wills, the QoS 2 handshake, keeping
 * clients apart); messages themselves take the short way: connection ▶ ingress ▶ exchange ▶ connection.
 */
export class EmbeddedBus implements Bus {
  readonly echoes = false;
  readonly #options: Options;
  readonly #exchange: Exchange;
  readonly #persistence: JournalPersistence;
  readonly #emitter: Emitter;
  readonly #corker = new Corker();
  readonly #names = new TopicNames();
  readonly #gate: Gate;
  readonly #ingress: Ingress;
  /** Keeps the order of the supervisor's own messages. */
  readonly #turnstile = new Turnstile();
  readonly #connections = new Map<object, Connection>();
  /** Connections that came before `start`. */
  #early: Socket[] | undefined = [];
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #closed = false;

  constructor(options: Options) {
    const { access, journal, limits, tally, onMessage } = options;
    this.#options = options;
    this.#persistence = new JournalPersistence({ journal, limits, tally, onChange: () => this.#exchange.changed() });
    this.#exchange = new Exchange(access, (topic) => this.#persistence.sessions.wanting(topic));
    this.#gate = new Gate(limits.inflightBytes);
    this.#emitter = new Emitter((packet, done) => this.#pass(packet, done));
    this.#ingress = new Ingress({ exchange: this.#exchange, persistence: this.#persistence, journal, onMessage, tally });
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#server ? portOf(this.#server) : 0}`;
  }

  clients(): number {
    let count = 0;
    for (const connection of this.#connections.values()) if (connection.clientId !== "") count++;
    return count;
  }

  connected(): boolean {
    return !this.#closed;
  }

  dropped() {
    return { ...this.#options.tally.dropped };
  }

  /** Reads sessions and retained messages. */
  async load(create: (options: AedesOptions) => Promise<Aedes>): Promise<void> {
    const aedes = await create({
      mq: this.#emitter,
      persistence: this.#persistence,
      heartbeatInterval: HEARTBEAT_MS,
      connectTimeout: this.#options.limits.connectTimeout,
      maxTopicLevels: MAX_LEVELS,
      ...this.#hooks(),
    });
    this.#emitter.seal();
    this.#aedes = aedes;
    // Not in aedes' types: without a listener it would end the process
    (aedes as EventEmitter).on("error", (error: Error) => this.#failed("aedes", error));
    for (const event of ["clientError", "connectionError"] as const) {
      aedes.on(event, (client, error) => this.#failed(client.id ?? "before CONNECT", error));
    }
    aedes.on("client", (client) => {
      if (!this.#connections.has(client.conn)) forget(client);
    });
    aedes.on("clientReady", (client) => this.#ready(client));
    aedes.on("subscribe", (subscriptions, client) => this.#subscribed(subscriptions, client));
    aedes.on("unsubscribe", (filters, client) => this.#unsubscribed(filters, client));
  }

  /** Has connections from `server`, which listens, wait for `start`. */
  listen(server: Server): void {
    this.#server = server;
    server.on("connection", (socket) => {
      if (this.#early) this.#early.push(socket.pause());
      else this.#connect(socket);
    });
  }

  async start(): Promise<void> {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const socket of early) {
      this.#connect(socket);
      socket.resume();
    }
    const aedes = this.#aedes as Aedes;
    for (const will of [...this.#persistence.wills.orphans({ [aedes.id]: true })]) {
      aedes.publish(will as unknown as Parameters<Aedes["publish"]>[0], () => {
        void this.#persistence.delWill({ id: will.clientId });
      });
    }
  }

  async subscribe(filter: string, options: SubscribeOptions = {}): Promise<void> {
    this.#exchange.take(parseTopicFilter(filter));
    if (options.retained) await this.#handOverRetained(filter);
  }

  async unsubscribe(filter: string): Promise<void> {
    this.#exchange.leave(filter);
  }

  publish(message: Message): Promise<void> {
    if (this.#closed) return Promise.reject(new StepppsError("E_MQTT_CLOSED"));
    const { topic, payload, qos } = message;
    let route: ReturnType<Exchange["route"]>;
    try {
      route = this.#exchange.route(topic);
    } catch (error) {
      return Promise.reject(error);
    }
    const change = message.retain || qos > 0 ? this.#persistence.plan(route, message) : undefined;
    const pass = () => {
      change?.apply();
      this.#exchange.deliver(route, payload, qos);
    };
    if (qos === 0 || (!change && this.#turnstile.idle)) {
      pass();
      return change ? this.#options.journal.commit(change.ops) : DONE;
    }
    const turn = this.#turnstile.enter(pass);
    const committed = change ? this.#options.journal.commit(change.ops) : DONE;
    return committed.then(
      () => turn(true),
      (error) => {
        turn(false);
        throw error;
      },
    );
  }

  async publishAll(messages: readonly Message[]): Promise<void> {
    const waiting: Promise<void>[] = [];
    for (const message of messages) {
      const published = this.publish(message);
      if (published !== DONE) waiting.push(published);
    }
    if (waiting.length > 0) await Promise.all(waiting);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const server = this.#server;
    if (server) {
      const closed = new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => this.#aedes?.close(resolve));
      for (const connection of [...this.#connections.values()]) connection.wire.end();
      for (const socket of this.#early ?? []) socket.destroy();
      await closed;
    }
  }

  async #handOverRetained(filter: string): Promise<void> {
    let waiting: Promise<void>[] = [];
    for (const { topic, payload, qos } of [...this.#persistence.retained.match([filter])]) {
      const message = { topic, payload, qos, retain: true, duplicate: false, from: "", ops: [] };
      waiting.push(new Promise((resolve) => this.#options.onMessage(message, () => resolve())));
      if (waiting.length < RETAINED_AT_ONCE) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    await Promise.all(waiting);
  }

  #failed(who: string, error: Error): void {
    this.#options.tally.report(new StepppsError("E_MQTT_CLIENT", `${who}: ${error.message}`, { cause: error }));
  }

  #hooks(): AedesOptions {
    const { access, tally } = this.#options;
    return {
      preConnect: (client, packet, done) => {
        const connection = this.#connections.get(client.conn);
        connection?.keepAlive(packet.keepalive ?? 0);
        packet.keepalive = 0; // aedes sees only a part of what the client sends
        const refused = packet.will && !this.#mayPublish(packet.will.topic);
        done(refused ? new StepppsError("E_MQTT_REFUSED", `a will for ${packet.will?.topic}`) : null, connection !== undefined);
      },
      authenticate: (client, _user, _password, done) => {
        const full = !client.clean && this.#persistence.sessions.isFull(client.id);
        if (full) tally.report(new StepppsError("E_MQTT_SESSIONS_FULL", `client ${client.id}`));
        done(full ? Object.assign(new Error("no room for its session"), { returnCode: SERVER_UNAVAILABLE }) : null, !full);
      },
      authorizePublish: (_client, packet, done) => {
        const mayPublish = this.#mayPublish(packet.topic);
        if (!mayPublish) tally.drop("refused");
        done(mayPublish ? null : new StepppsError("E_MQTT_REFUSED", packet.topic));
      },
      authorizeSubscribe: (client, subscription, done) => {
        const connection = this.#connections.get(client.conn);
        const full = !connection || this.#exchange.subscriptions(connection) >= this.#options.limits.subscriptionsPerClient;
        try {
          const may = !full && mayAccess(access, "subscribe", parseTopicFilter(subscription.topic));
          done(null, may ? subscription : null); // null is "failure" in SUBACK
        } catch (error) {
          done(error as Error); // [MQTT-4.7.1-2, MQTT-4.7.1-3] closes the connection
        }
      },
    };
  }

  #mayPublish(topic: string): boolean {
    try {
      return this.#exchange.route(topic).mayPublish;
    } catch {
      return false;
    }
  }

  #connect(socket: Socket): void {
    const { limits, tally } = this.#options;
    const connection: Connection = new Connection(socket, {
      limits,
      tally,
      corker: this.#corker,
      names: this.#names,
      gate: this.#gate,
      ingress: this.#ingress,
      onGone: (gone) => this.#gone(gone),
    });
    this.#connections.set(connection.wire.passage, connection);
    handOver(this.#aedes as Aedes, connection.wire.passage);
  }

  #ready(client: Client): void {
    const connection = this.#connections.get(client.conn);
    if (!connection) return;
    connection.ready(client);
    if (client.clean) return;
    const session = this.#persistence.sessions.open(client.id);
    for (const { topic, qos } of session.subscriptions.values()) this.#exchange.subscribe(connection, topic, qos);
    session.attach(connection);
  }

  #gone(connection: Connection): void {
    this.#connections.delete(connection.wire.passage);
    this.#exchange.detach(connection);
    if (connection.clean) return;
    const session = this.#persistence.sessions.find(connection.clientId);
    session?.detach(connection);
    if (session) this.#persistence.sessions.tidy(session);
  }

  #subscribed(subscriptions: readonly { topic: string; qos: number }[], client: Client): void {
    const connection = this.#connections.get(client.conn);
    if (!connection) return;
    for (const { topic, qos } of subscriptions) if (qos <= 2) this.#exchange.subscribe(connection, topic, qos as Qos);
  }

  #unsubscribed(filters: readonly string[], client: Client): void {
    const connection = this.#connections.get(client.conn);
    if (connection) for (const filter of filters) this.#exchange.unsubscribe(connection, filter);
  }

  /** A message that aedes itself publishes: a will. Sessions have it in their queues already. */
  #pass(packet: Packet, done: (error?: Error) => void): void {
    const { topic, payload, qos, retain } = packet;
    const route = this.#exchange.route(topic);
    this.#exchange.deliver(route, payload, qos);
    if (!route.taken) return done();
    const from = packet.clientId ?? "";
    this.#options.onMessage({ topic, payload, qos, retain, from, duplicate: false, ops: [] }, (error) => {
      if (error) this.#options.tally.drop("unhandled");
      done(error);
    });
  }
}
