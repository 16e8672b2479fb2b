import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Aedes, AedesOptions, Client } from "aedes";
import { parseTopicFilter, type Qos, StepppsError } from "../../contract/index.ts";
import { levelsOf } from "../filter-levels.ts";
import type { Limits } from "../limits.ts";
import type { Tally } from "../tally.ts";
import { Corker } from "../wire/egress.ts";
import { Gate } from "../wire/gate.ts";
import { TopicNames } from "../wire/topic-names.ts";
import { type AccessRule, mayAccess } from "./access.ts";
import { forget, handOver } from "./aedes.ts";
import { Connection, type Slack } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import type { Ingress } from "./ingress.ts";
import type { Sessions } from "./persistence/sessions.ts";

interface Options {
  readonly access: readonly AccessRule[];
  readonly exchange: Exchange;
  readonly ingress: Ingress;
  readonly limits: Limits;
  readonly sessions: Sessions;
  readonly tally: Tally;
}

type Hooks = Pick<AedesOptions, "preConnect" | "authenticate" | "authorizePublish" | "authorizeSubscribe">;

/** CONNACK's return code, section 3.2.2.3. */
const SERVER_UNAVAILABLE = 3;

/** Who is connected: keeps aedes' clients, our connections, the exchange and the sessions in step. */
export class Clients {
  readonly #options: Options;
  readonly #corker = new Corker();
  readonly #names = new TopicNames();
  readonly #gate: Gate;
  /** By what aedes takes for their sockets. */
  readonly #connections = new Map<object, Connection>();
  readonly #slack: Slack = { drop: 0, end: 0 };

  constructor(options: Options) {
    this.#options = options;
    this.#gate = new Gate(options.limits.inflightBytes);
  }

  /** How many clients have connected, and are not only about to. */
  get size(): number {
    let count = 0;
    for (const { clientId } of this.#connections.values()) if (clientId !== "") count++;
    return count;
  }

  connect(aedes: Aedes, socket: Socket): void {
    const { ingress, limits, tally } = this.#options;
    const connection: Connection = new Connection(socket, {
      limits,
      tally,
      ingress,
      corker: this.#corker,
      names: this.#names,
      gate: this.#gate,
      slack: this.#slack,
      onGone: () => this.#gone(connection),
    });
    this.#connections.set(connection.wire.passage, connection);
    this.#share();
    handOver(aedes, connection.wire.passage);
  }

  /** Ends every connection. */
  close(): void {
    for (const connection of [...this.#connections.values()]) connection.wire.end();
  }

  /** What aedes asks before it does something. */
  hooks(): Hooks {
    const { access, exchange, limits, sessions, tally } = this.#options;
    return {
      preConnect: (client, packet, done) => {
        const connection = this.#of(client);
        connection?.keepAlive(packet.keepalive ?? 0);
        packet.keepalive = 0; // aedes sees only a part of what the client sends
        const refused = packet.will && !exchange.mayPublish(packet.will.topic);
        done(refused ? new StepppsError("E_MQTT_REFUSED", `a will for ${packet.will?.topic}`) : null, connection !== undefined);
      },
      authenticate: (client, _user, _password, done) => {
        const full = !client.clean && sessions.isFull(client.id);
        if (full) tally.report(new StepppsError("E_MQTT_SESSIONS_FULL", `client ${client.id}`));
        done(full ? Object.assign(new Error("no room for its session"), { returnCode: SERVER_UNAVAILABLE }) : null, !full);
      },
      authorizePublish: (_client, packet, done) => {
        const may = exchange.mayPublish(packet.topic);
        if (!may) tally.drop("refused");
        done(may ? null : new StepppsError("E_MQTT_REFUSED", packet.topic));
      },
      authorizeSubscribe: (client, subscription, done) => {
        const connection = this.#of(client);
        const more = levelsOf(subscription.topic);
        const stored = client.clean || sessions.levels + more <= limits.filterLevelsTotal;
        const full = !connection || !stored || !exchange.hasRoom(connection, subscription.topic, limits);
        try {
          const may = !full && mayAccess(access, "subscribe", parseTopicFilter(subscription.topic));
          done(null, may ? subscription : null); // null is "failure" in SUBACK
        } catch (error) {
          done(error as Error); // [MQTT-4.7.1-2, MQTT-4.7.1-3] closes the connection
        }
      },
    };
  }

  /** Follows what aedes says has happened. */
  follow(aedes: Aedes): void {
    const failed = (who: string, cause: Error) =>
      this.#options.tally.report(new StepppsError("E_MQTT_CLIENT", `${who}: ${cause.message}`, { cause }));
    // Not in aedes' types: without a listener it would end the process
    (aedes as EventEmitter).on("error", (error: Error) => failed("aedes", error));
    for (const event of ["clientError", "connectionError"] as const) {
      aedes.on(event, (client, error) => failed(client.id ?? "before CONNECT", error));
    }
    aedes.on("client", (client) => {
      if (!this.#of(client)) forget(client);
    });
    aedes.on("clientReady", (client) => this.#ready(client));
    aedes.on("subscribe", (subscriptions, client) => {
      const connection = this.#of(client);
      if (!connection) return;
      // 128 is a refusal
      for (const { topic, qos } of subscriptions) if (qos <= 2) this.#options.exchange.subscribe(connection, topic, qos as Qos);
    });
    aedes.on("unsubscribe", (filters, client) => {
      const connection = this.#of(client);
      if (connection) for (const filter of filters) this.#options.exchange.unsubscribe(connection, filter);
    });
  }

  #share(): void {
    const { unreadBytes, unreadBytesMax, unreadBytesTotal } = this.#options.limits;
    const share = unreadBytesTotal / Math.max(1, this.#connections.size);
    this.#slack.drop = Math.min(unreadBytes, share / 2);
    this.#slack.end = Math.min(unreadBytesMax, share);
  }

  #of(client: Client): Connection | undefined {
    return this.#connections.get(client.conn);
  }

  #ready(client: Client): void {
    const { exchange, sessions } = this.#options;
    const connection = this.#of(client);
    if (!connection) return;
    const session = client.clean ? undefined : sessions.open(client.id);
    for (const { topic, qos } of session?.subscriptions.values() ?? []) exchange.subscribe(connection, topic, qos);
    connection.ready(client);
    session?.attach(connection);
  }

  #gone(connection: Connection): void {
    const { exchange, sessions } = this.#options;
    this.#connections.delete(connection.wire.passage);
    this.#share();
    exchange.detach(connection);
    const session = connection.clean ? undefined : sessions.find(connection.clientId);
    if (!session) return;
    session.detach(connection);
    sessions.tidy(session);
  }
}
