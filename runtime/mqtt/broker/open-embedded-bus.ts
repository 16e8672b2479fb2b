import type { Server } from "node:net";
import { Aedes } from "aedes";
import { asStepppsError, StepppsError } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { Bus, BusOptions } from "../bus.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { Tally } from "../tally.ts";
import { keepNoNumbers } from "../wire/library-numbers.ts";
import { MAX_LEVELS } from "../wire/topic-names.ts";
import { type AccessRule, LOOPBACK_ACCESS } from "./access.ts";
import { Clients } from "./clients.ts";
import { Doorkeeper, type Users, type Visitor } from "./doorkeeper.ts";
import { EmbeddedBus } from "./embedded-bus.ts";
import { Emitter } from "./emitter.ts";
import { Entrance } from "./entrance.ts";
import { Exchange } from "./exchange.ts";
import { Ingress } from "./ingress.ts";
import { addressOf, isLoopback, listen, portOf } from "./listen.ts";
import { JournalPersistence } from "./persistence/journal-persistence.ts";
import { type Refusal, Refusals } from "./refusals.ts";
import type { TlsListener } from "./tls-door.ts";

export interface EmbeddedBusOptions extends BusOptions {
  /** TCP port; 0 for any that is free. One that is taken is replaced by a free one, and reported. */
  readonly port: number;
  /** Where to listen; "::" for all addresses, only this machine where absent. */
  readonly host?: string;
  /** Listen with TLS, too, on all addresses. */
  readonly tls?: TlsListener;
  /** Who may come in from elsewhere. Where there is none nobody may, and `host` and `tls` are not listened to but reported. */
  readonly users?: Users;
  /** Told who was not let in, at most once a second for each address. */
  readonly refused?: (refusal: Refusal) => void;
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly limits?: Partial<Limits>;
  /** What programs of this machine may do without a user. */
  readonly access?: readonly AccessRule[];
}

const HERE = "127.0.0.1";
const EVERYWHERE = "::";
/** aedes looks whether other brokers of a cluster are alive; there are none. */
const HEARTBEAT_MS = 3_600_000;

/**
 * The MQTT 3.1.1 broker inside this process: it listens, and lets clients in with `start`. aedes keeps what a session is (CONNECT,
 * subscriptions, wills, the QoS 2 handshake, keeping clients apart); messages themselves take the short way:
 *
 *   connection ──▶ ingress ──┬─▶ supervisor
 *                            └─▶ exchange ──▶ connections
 *
 * Rejects with E_MQTT_LISTEN; a TLS port that cannot be opened is reported and left out.
 */
export async function openEmbeddedBus(options: EmbeddedBusOptions): Promise<Bus> {
  keepNoNumbers();
  const { port, journal, onMessage, access: anonymous = LOOPBACK_ACCESS, users } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const tally = new Tally(options.report);
  const persistence: JournalPersistence = new JournalPersistence({ journal, limits, tally, onChange: () => exchange.changed() });
  const { sessions } = persistence;
  const refusals = new Refusals(options.refused);
  const doorkeeper = new Doorkeeper({ anonymous, users, limits, refusals });
  const exchange = new Exchange(
    (key) => doorkeeper.rules(key),
    (topic) => sessions.wanting(topic),
  );
  const ingress = new Ingress({ exchange, persistence, journal, onMessage, tally });
  const clients = new Clients({ doorkeeper, exchange, ingress, limits, sessions, tally });
  const emitter = new Emitter((packet, done) => ingress.relay(packet, done));
  const aedes = await Aedes.createBroker({
    mq: emitter,
    persistence,
    heartbeatInterval: HEARTBEAT_MS,
    connectTimeout: limits.connectTimeout,
    maxTopicLevels: MAX_LEVELS,
    maxClientsIdLength: Number.POSITIVE_INFINITY, // Clients looks at it
    ...clients.hooks(),
  });
  emitter.seal();
  clients.follow(aedes);
  const entrance = new Entrance({ aedes, clients, doorkeeper, limits });
  const open = users !== undefined && !users.empty;
  if (!open && (options.tls || isOpen(options.host))) tally.report(new StepppsError("E_MQTT_NO_USERS"));
  const host = open || !isOpen(options.host) ? (options.host ?? HERE) : HERE;
  const plain = await listen({ port, host, clients: limits.clients, tally }).catch((error: unknown) => {
    aedes.close();
    throw error;
  });
  const tls = open && options.tls ? await listenTls(options.tls) : undefined;
  plain.on("connection", (socket) => {
    const address = addressOf(socket);
    const visitor: Visitor = { address, here: isLoopback(address) };
    if (doorkeeper.admit(visitor)) entrance.come(socket, visitor);
    else socket.destroy();
  });
  const url = `mqtt://${isOpen(host) ? HERE : host}:${portOf(plain)}`;
  const reach = { ...(isOpen(host) && { port: portOf(plain) }), ...(tls && { tlsPort: portOf(tls) }) };
  const servers = tls ? [plain, tls] : [plain];
  return new EmbeddedBus({ aedes, clients, entrance, exchange, journal, url, reach, onMessage, persistence, servers, tally });

  /** A device without its TLS port is still one. */
  async function listenTls(listener: TlsListener): Promise<Server | undefined> {
    const { openTlsDoor } = await import("./tls-door.ts");
    let server: Server | undefined;
    try {
      server = await listen({ port: listener.port, host: EVERYWHERE, clients: limits.clients, tally });
      openTlsDoor({
        ...listener,
        server,
        timeout: limits.connectTimeout,
        refusals,
        admit: (visitor) => doorkeeper.admit(visitor),
        leave: (visitor) => doorkeeper.leave(visitor),
        come: (socket, visitor) => entrance.come(socket, visitor),
      });
      return server;
    } catch (error) {
      server?.close();
      tally.report(asStepppsError(error, "E_MQTT_TLS"));
      return undefined;
    }
  }
}

function isOpen(host: string | undefined): boolean {
  return host !== undefined && !isLoopback(host);
}
