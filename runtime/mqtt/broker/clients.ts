import { randomUUID } from "node:crypto";
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
import { Unfinished } from "../wire/unfinished.ts";
import { type AccessRule, mayAccess } from "./access.ts";
import { forget, handOver, refuseSubscription } from "./aedes.ts";
import { clientKey } from "./client-key.ts";
import { Connection, type Slack } from "./connection.ts";
import type { Doorkeeper, Visitor } from "./doorkeeper.ts";
import type { Exchange } from "./exchange.ts";
import type { Ingress } from "./ingress.ts";
import type { Sessions } from "./persistence/sessions.ts";

interface Options {
  readonly doorkeeper: Doorkeeper;
  readonly exchange: Exchange;
  readonly ingress: Ingress;
  readonly limits: Limits;
  readonly sessions: Sessions;
  readonly tally: Tally;
}

type Hooks = Pick<AedesOptions, "preConnect" | "authenticate" | "authorizePublish" | "authorizeSubscribe" | "authorizeForward">;

/** CONNACK's return codes, section 3.2.2.3. */
const IDENTIFIER_REJECTED = 2;
const SERVER_UNAVAILABLE = 3;
const NOT_AUTHORIZED = 5;

/** Who is connected: keeps aedes' clients, our connections, the exchange and the sessions in step. */
export class Clients {
  readonly #options: Options;
  readonly #corker = new Corker();
  readonly #names = new TopicNames();
  readonly #gate: Gate;
  readonly #unfinished: Unfinished;
  /** By what aedes takes for their sockets. */
  readonly #connections = new Map<object, Connection>();
  readonly #slack: Slack = { drop: 0, end: 0 };

  constructor(options: Options) {
    this.#options = options;
    this.#gate = new Gate(options.limits.inflightBytes);
    this.#unfinished = new Unfinished(options.limits.unfinishedBytes);
  }

  /** How many clients have connected, and are not only about to. */
  get size(): number {
    let count = 0;
    for (const { clientId } of this.#connections.values()) if (clientId !== "") count++;
    return count;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#connections.size;
  }

  connect(aedes: Aedes, socket: Socket, visitor: Visitor): void {
    const { ingress, limits, tally } = this.#options;
    const connection: Connection = new Connection(socket, {
      limits,
      tally,
      ingress,
      corker: this.#corker,
      names: this.#names,
      gate: this.#gate,
      unfinished: this.#unfinished,
      visitor,
      slack: this.#slack,
      onGone: () => this.#gone(connection),
      onEntered: () => this.#options.doorkeeper.leave(visitor),
    });
    this.#connections.set(connection.wire.passage, connection);
    this.#share();
    handOver(aedes, connection.wire.passage);
  }

  /** Ends the connections of users whose rules are others now. */
  usersChanged(): void {
    const { doorkeeper, exchange } = this.#options;
    exchange.changed();
    for (const connection of [...this.#connections.values()]) {
      const { clientId, rules, user } = connection;
      if (user !== undefined && clientId !== "" && doorkeeper.rules(clientId) !== rules) connection.wire.end();
    }
  }

  /** Ends every connection. */
  close(): void {
    for (const connection of [...this.#connections.values()]) connection.wire.end();
  }

  /** What aedes asks before it does something. */
  hooks(): Hooks {
    const { doorkeeper, exchange, limits, sessions, tally } = this.#options;
    return {
      preConnect: (client, packet, done) => {
        const connection = this.#of(client);
        if (!connection) return done(null, false);
        connection.keepAlive(packet.keepalive ?? 0);
        packet.keepalive = 0; // aedes sees only a part of what the client sends
        connection.will = packet.will?.topic;
        const user = doorkeeper.claims(connection.visitor, packet.username);
        connection.user = user;
        connection.idFits = idFits(packet.clientId, limits.clientIdBytes);
        // Under another one's key nothing can be done before the password is checked
        if (user !== undefined) packet.clientId = clientKey(user, packet.clientId || (packet.clean ? randomUUID() : ""));
        else packet.clientId = clientKey(undefined, packet.clientId);
        done(null, true);
      },
      authenticate: (client, _name, password, done) => {
        const refuse = (error: StepppsError, returnCode: number) => done(Object.assign(error, { returnCode }), false);
        void this.#enter(client, password, refuse).then((entered) => entered && done(null, true));
      },
      authorizePublish: (client, packet, done) => {
        const may = this.#mayPublish(packet.topic, doorkeeper.rules(client?.id ?? ""));
        if (!may) tally.drop("refused");
        done(may ? null : new StepppsError("E_MQTT_REFUSED", packet.topic));
      },
      authorizeSubscribe: (client, subscription, done) => {
        const connection = this.#of(client);
        const more = levelsOf(subscription.topic);
        const stored = client.clean || sessions.levels + more <= limits.filterLevelsTotal;
        const full = !connection || !stored || !exchange.hasRoom(connection, subscription.topic, limits);
        try {
          const may = !full && mayAccess(connection.rules, "subscribe", parseTopicFilter(subscription.topic));
          if (!may) refuseSubscription(subscription);
          done(null, may ? subscription : null); // null is "failure" in SUBACK
        } catch (error) {
          done(error as Error); // [MQTT-4.7.1-2, MQTT-4.7.1-3] closes the connection
        }
      },
      // What is retained, and what waited in a session
      authorizeForward: (client, packet) =>
        exchange.mayHear(exchange.route(packet.topic), doorkeeper.rules(client.id)) ? packet : null,
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

  /** Lets a client in, or refuses it. Never rejects. */
  async #enter(
    client: Client,
    password: Buffer | undefined,
    refuse: (error: StepppsError, returnCode: number) => void,
  ): Promise<boolean> {
    const { doorkeeper, sessions, tally } = this.#options;
    const connection = this.#of(client);
    if (!connection) return false;
    const { idFits, user, visitor, will } = connection;
    const no = (returnCode: number, error: StepppsError) => {
      refuse(error, returnCode);
      return false;
    };
    if (!idFits) return no(IDENTIFIER_REJECTED, new StepppsError("E_MQTT_CLIENT_ID", JSON.stringify(client.id.slice(0, 64))));
    const entry = await doorkeeper.enter(visitor, user, password);
    if ("refused" in entry) return no(entry.returnCode, new StepppsError(entry.refused, visitor.address));
    if (will !== undefined && !this.#mayPublish(will, entry.rules))
      return no(NOT_AUTHORIZED, new StepppsError("E_MQTT_REFUSED", `a will for ${JSON.stringify(will.slice(0, 100))}`));
    if (!client.clean && sessions.isFull(client.id)) {
      const full = new StepppsError("E_MQTT_SESSIONS_FULL", `client ${JSON.stringify(client.id)}`);
      tally.report(full);
      return no(SERVER_UNAVAILABLE, full);
    }
    connection.enter(entry.rules);
    return true;
  }

  #mayPublish(topic: string, rules: readonly AccessRule[]): boolean {
    const { exchange } = this.#options;
    try {
      return exchange.mayPublish(exchange.route(topic), rules);
    } catch {
      return false; // it is none
    }
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

/** [MQTT-1.5.3-2] no NUL; and nothing that would make two ids look alike. */
function idFits(clientId: string, most: number): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return Buffer.byteLength(clientId) <= most && !/[\0-\x1f\x7f-\x9f\uFFFD]/.test(clientId);
}
