import type { InboundMessage, Message, StepppsError } from "../contract/index.ts";
import type { Op } from "../store/index.ts";

/** What the supervisor needs of MQTT, whichever broker carries it. */
export interface Bus {
  /** For people: `mqtt://127.0.0.1:1883`. */
  readonly url: string;
  /** Ports at which other machines reach this one's broker, without and with TLS; absent for what they don't. */
  readonly reach?: Reach;
  /** How many other clients are connected, where the broker can tell. */
  clients(): number;
  /** Whether the broker can be reached now. */
  connected(): boolean;
  /**
   * Lets messages in, and wills of clients that the last run left. To be called once, when what the supervisor takes is subscribed
   * to: a message that nobody takes is acknowledged all the same.
   */
  start(): Promise<void>;
  /** Whether what the supervisor publishes to a topic that it takes comes back to it: only from an external broker of MQTT 3.1.1. */
  readonly echoes: boolean;
  /** Of this machine's own broker: `users` was changed. Clients of a user who is not as before have to log in again. */
  usersChanged?(): void;
  /** A filter whose topics the supervisor takes from now on; twice is once. Rejects with E_TOPIC_FILTER. */
  subscribe(filter: string, options?: SubscribeOptions): Promise<void>;
  unsubscribe(filter: string): Promise<void>;
  /**
   * Resolves when the broker holds the message: at QoS 0 when it is on its way, above when it is in the broker's journal (embedded),
   * acknowledged, or in the spill because the broker is away (external). Rejects with E_TOPIC, E_STORE_*, E_MQTT_CLOSED, and
   * E_MQTT_UPLINK_REFUSED where an external broker of MQTT 5 says no.
   */
  publish(message: Message): Promise<void>;
  /** As `publish` for each, in order, with one write per client; rejects when any would. */
  publishAll(messages: readonly Message[]): Promise<void>;
  /** The broker elsewhere, where there is one. */
  readonly uplink?: UplinkState | undefined;
  /** What was thrown away, by reason. */
  dropped(): Readonly<Record<DropReason, number>>;
  close(): Promise<void>;
}

export interface UplinkState {
  /** Without a password. */
  readonly url: string;
  readonly connected: boolean;
  /** Messages that it has not taken yet. */
  readonly waiting: number;
}

export interface Reach {
  readonly port?: number;
  readonly tlsPort?: number;
}

export interface SubscribeOptions {
  /**
   * Also hand over what is retained now, with `retain` set: for a plugin that is new. An external broker of MQTT 3.1.1 sends it
   * whenever the subscription is made, asked or not.
   */
  readonly retained?: boolean;
}

/** Why a message was thrown away. */
export const DROP_REASONS = {
  slowClient: "QoS 0 to a client that does not read fast enough",
  sessionFull: "a session's queue reached its bound while its client was away",
  retainedFull: "there are as many retained topics as may be",
  refused: "the sender may not publish to that topic, here or at the external broker",
  unhandled: "the supervisor could not take it",
  spillFull: "the broker was away for longer than the spill lasts",
} as const;
export type DropReason = keyof typeof DROP_REASONS;

/** A message on its way in, with what must be in the journal before its sender is told that it arrived. */
export interface Delivery extends InboundMessage {
  /** To commit in the same transaction as the message's effects, or with its acceptance. Empty for most messages. */
  readonly ops: readonly Op[];
}

export interface BusOptions {
  /**
   * Called for each message that matches a subscription, in the order of arrival. The receiver must call `done` exactly once for
   * each, with an error when it could not take it; at QoS 1 and 2 the sender is acknowledged only then. `payload` is a view into
   * the network's buffer and must be copied if it is kept for long.
   */
  readonly onMessage: (message: Delivery, done: (error?: Error) => void) => void;
  /** Told about refusals and disconnections, at most once a second per code. */
  readonly report?: (error: StepppsError) => void;
}
