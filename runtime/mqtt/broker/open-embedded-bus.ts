import { Aedes } from "aedes";
import type { Journal } from "../../store/index.ts";
import type { Bus, BusOptions } from "../bus.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { Tally } from "../tally.ts";
import { MAX_LEVELS } from "../wire/topic-names.ts";
import { type AccessRule, LOOPBACK_ACCESS } from "./access.ts";
import { Clients } from "./clients.ts";
import { EmbeddedBus } from "./embedded-bus.ts";
import { Emitter } from "./emitter.ts";
import { Exchange } from "./exchange.ts";
import { Ingress } from "./ingress.ts";
import { listen } from "./listen.ts";
import { JournalPersistence } from "./persistence/journal-persistence.ts";

export interface EmbeddedBusOptions extends BusOptions {
  /** TCP port; 0 for any that is free. One that is taken is replaced by a free one, and reported. */
  readonly port: number;
  /** Where to listen; only this machine where absent. */
  readonly host?: string;
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly limits?: Partial<Limits>;
  readonly access?: readonly AccessRule[];
}

/** aedes looks whether other brokers of a cluster are alive; there are none. */
const HEARTBEAT_MS = 3_600_000;

/**
 * The MQTT 3.1.1 broker inside this process: it listens, and lets clients in with `start`. aedes keeps what a session is (CONNECT,
 * subscriptions, wills, the QoS 2 handshake, keeping clients apart); messages themselves take the short way:
 *
 *   connection ──▶ ingress ──┬─▶ supervisor
 *                            └─▶ exchange ──▶ connections
 *
 * Rejects with E_MQTT_LISTEN.
 */
export async function openEmbeddedBus(options: EmbeddedBusOptions): Promise<Bus> {
  const { port, host = "127.0.0.1", journal, onMessage, access = LOOPBACK_ACCESS } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const tally = new Tally(options.report);
  const persistence: JournalPersistence = new JournalPersistence({ journal, limits, tally, onChange: () => exchange.changed() });
  const { sessions } = persistence;
  const exchange = new Exchange(access, (topic) => sessions.wanting(topic));
  const ingress = new Ingress({ exchange, persistence, journal, onMessage, tally });
  const clients = new Clients({ access, exchange, ingress, limits, sessions, tally });
  const emitter = new Emitter((packet, done) => ingress.relay(packet, done));
  const aedes = await Aedes.createBroker({
    mq: emitter,
    persistence,
    heartbeatInterval: HEARTBEAT_MS,
    connectTimeout: limits.connectTimeout,
    maxTopicLevels: MAX_LEVELS,
    ...clients.hooks(),
  });
  emitter.seal();
  clients.follow(aedes);
  const server = await listen({ port, host, clients: limits.clients, tally }).catch((error: unknown) => {
    aedes.close();
    throw error;
  });
  return new EmbeddedBus({ aedes, clients, exchange, journal, host, onMessage, persistence, server, tally });
}
