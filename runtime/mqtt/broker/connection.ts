import type { Socket } from "node:net";
import { getDefaultHighWaterMark } from "node:stream";
import type { Client } from "aedes";
import { type Qos, StepppsError } from "../../contract/index.ts";
import type { Limits } from "../limits.ts";
import type { Tally } from "../tally.ts";
import type { Corker, Egress } from "../wire/egress.ts";
import { type Framer, PACKET } from "../wire/framer.ts";
import type { Gate } from "../wire/gate.ts";
import { decodePublish, publishFlags } from "../wire/publish.ts";
import type { TopicNames } from "../wire/topic-names.ts";
import { Turnstile } from "../wire/turnstile.ts";
import type { Unfinished } from "../wire/unfinished.ts";
import { Wire } from "../wire/wire.ts";
import type { AccessRule } from "./access.ts";
import { deliverQos, type Packet, takeMessageId } from "./aedes.ts";
import type { Visitor } from "./doorkeeper.ts";
import type { Link } from "./exchange.ts";
import type { Ingress, Publisher } from "./ingress.ts";
import type { SessionLink } from "./persistence/session.ts";

const AT_MOST_ONCE = publishFlags(0, false, false);
const AT_LEAST_ONCE = publishFlags(1, false, false);
/** MQTT 3.1.1 has none. */
const NO_PROPERTIES = new Uint8Array(0);
/** Topic with its length, and packet identifier. */
const PUBLISH_HEAD_MAX = 65_535 + 4;

/** Bytes that a client may leave unread. */
export interface Slack {
  /** Beyond, messages of QoS 0 are dropped. */
  drop: number;
  /** Beyond, a client without a session is disconnected. */
  end: number;
}

interface Options {
  /** Changes as clients come and go. */
  readonly slack: Readonly<Slack>;
  readonly limits: Limits;
  readonly tally: Tally;
  readonly corker: Corker;
  readonly names: TopicNames;
  readonly gate: Gate;
  readonly ingress: Ingress;
  readonly unfinished: Unfinished;
  readonly visitor: Visitor;
  /** Called once: it has logged in, or is gone without. */
  readonly onEntered: () => void;
  /** The connection is over; called once. */
  readonly onGone: () => void;
}

/**
 * One client. PUBLISH is dealt with here, as it arrives; every other packet goes through to aedes, which keeps sessions. Nothing is
 * read after CONNECT until aedes has accepted it, nor while too much of the client waits for the supervisor or the journal.
 */
export class Connection implements Link, Publisher, SessionLink {
  readonly wire: Wire;
  readonly visitor: Visitor;
  /** None until it has logged in. */
  rules: readonly AccessRule[] = [];
  /** From its CONNECT: whom it says to be, the topic of its will, whether its client id is one. */
  user: string | undefined;
  will: string | undefined;
  idFits = false;
  readonly turnstile = new Turnstile();
  readonly taking = new Set<number>();
  readonly taken = new Set<number>();
  readonly #options: Options;
  #client: Client | undefined;
  #connecting = false;
  #entered = false;
  #inflight = 0;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: Options) {
    const { corker, limits, unfinished, visitor } = options;
    this.#options = options;
    this.visitor = visitor;
    this.wire = new Wire(socket, {
      corker,
      unfinished,
      limit: (type) =>
        // Whoever has not said CONNECT has no room for a large packet.
        type === PACKET.publish && this.#client?.id ? limits.packetBytes + PUBLISH_HEAD_MAX : limits.controlPacketBytes,
      fullAt: Math.max(limits.unreadBytes, getDefaultHighWaterMark(false)), // a socket says when it drained from there on
      take: (framer) => this.#take(framer),
      mayRead: () => this.#mayRead(),
      onHeard: () => this.#keepAlive?.refresh(),
      onError: ({ code, detail }) => this.fail(new StepppsError(code, `client ${JSON.stringify(this.clientId)}: ${detail}`)),
      onFailure: () => {},
      onGone: () => {
        clearTimeout(this.#keepAlive);
        this.#enter();
        options.onGone();
      },
    });
    socket.on("data", (chunk: Buffer) => {
      if (!this.wire.receive(chunk)) socket.pause();
    });
  }

  get egress(): Egress {
    return this.wire.egress;
  }

  get clientId(): string {
    return this.#client?.id ?? "";
  }

  get remote(): boolean {
    return !this.visitor.here;
  }

  get clean(): boolean {
    return this.#client?.clean !== false;
  }

  /** It has logged in. */
  enter(rules: readonly AccessRule[]): void {
    this.rules = rules;
    this.#enter();
  }

  /** aedes accepted the CONNECT: messages may flow. */
  ready(client: Client): void {
    this.#client = client;
    this.#connecting = false;
    this.wire.resume();
  }

  /** Ends the connection when nothing is heard for 1.5 times as many seconds [MQTT-3.1.2-24]. */
  keepAlive(seconds: number): void {
    clearTimeout(this.#keepAlive);
    if (seconds === 0) return;
    this.#keepAlive = setTimeout(() => {
      // While it is not read, it cannot be heard
      if (!this.#mayRead()) this.#keepAlive?.refresh();
      else this.fail(new StepppsError("E_MQTT_CLIENT", `${this.clientId}: nothing heard for ${seconds * 1.5} s`));
    }, seconds * 1500);
  }

  send(topic: Uint8Array, name: string, payload: Uint8Array, qos: Qos): void {
    const { slack, tally } = this.#options;
    const client = this.#client as Client;
    const { egress } = this;
    const { unread } = egress;
    if (qos === 0) {
      if (unread > slack.drop) tally.drop("slowClient");
      else egress.publish(AT_MOST_ONCE, topic, 0, NO_PROPERTIES, payload);
    } else if (unread > slack.end) {
      this.fail(new StepppsError("E_MQTT_SLOW_CLIENT", this.clientId));
    } else if (qos === 1) {
      egress.publish(AT_LEAST_ONCE, topic, takeMessageId(client), NO_PROPERTIES, payload);
    } else {
      deliverQos(client, { cmd: "publish", topic: name, payload: Buffer.from(payload), qos, retain: false, dup: false });
    }
  }

  deliver(packet: Packet): void {
    if (this.#client) deliverQos(this.#client, packet);
  }

  hold(bytes: number): void {
    this.#inflight++;
    this.#options.gate.hold(bytes);
  }

  settle(bytes: number): void {
    this.#inflight--;
    this.#options.gate.settle(bytes);
    if (this.#inflight < this.#options.limits.inflightMessages / 2) this.wire.resume();
  }

  /** The gate is open again. */
  resume(): void {
    this.wire.resume();
  }

  fail(error: StepppsError): void {
    if (this.wire.gone) return;
    this.#options.tally.report(error);
    this.wire.end();
  }

  #enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#options.onEntered();
  }

  #take(framer: Framer): boolean {
    if (!this.#client) {
      if (framer.type === PACKET.connect) this.#connecting = true;
      return false;
    }
    if (framer.type === PACKET.publish) {
      this.#options.ingress.take(decodePublish(framer, this.#options.names), this);
      return true;
    }
    if (framer.type === PACKET.pubrel && framer.end - framer.body >= 2)
      this.taken.delete(framer.buffer.readUInt16BE(framer.body));
    return false;
  }

  #mayRead(): boolean {
    const { gate, limits } = this.#options;
    if (!gate.open) gate.wait(this);
    return gate.open && !this.#connecting && this.#inflight < limits.inflightMessages;
  }
}
