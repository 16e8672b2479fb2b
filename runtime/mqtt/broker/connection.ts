import type { Socket } from "node:net";
import type { Client } from "aedes";
import { asStepppsError, type Qos, StepppsError } from "../../contract/index.ts";
import type { Limits } from "../limits.ts";
import type { Tally } from "../tally.ts";
import { deliverQos, type Packet, takeMessageId } from "./aedes.ts";
import { type Corker, Egress } from "./egress.ts";
import type { Link } from "./exchange.ts";
import { Framer, PACKET } from "./framer.ts";
import type { Gate } from "./gate.ts";
import type { Ingress } from "./ingress.ts";
import { Passage } from "./passage.ts";
import type { SessionLink } from "./persistence/session.ts";
import { decodePublish } from "./publish.ts";
import type { TopicNames } from "./topic-names.ts";
import { Turnstile } from "./turnstile.ts";

interface Options {
  readonly limits: Limits;
  readonly tally: Tally;
  readonly corker: Corker;
  readonly names: TopicNames;
  readonly gate: Gate;
  readonly ingress: Ingress;
  /** The connection is over; called once. */
  readonly onGone: (connection: Connection) => void;
}

/**
 * One client's socket. PUBLISH is dealt with here, as it arrives; every other packet goes through to aedes, which keeps sessions.
 *
 *   socket ──▶ framer ──┬─ PUBLISH ──▶ ingress
 *                       └─ the rest ─▶ passage ──▶ aedes
 *   socket ◀── egress ◀─┬─ messages, acknowledgements of PUBLISH
 *                       └─ passage ◀── aedes
 *
 * Nothing is read after CONNECT until aedes has accepted it, nor while too much of the client waits for the supervisor or the journal.
 */
export class Connection implements Link, SessionLink {
  readonly passage: Passage;
  readonly egress: Egress;
  /** Keeps the order of the client's messages at QoS 1 and 2. */
  readonly turnstile = new Turnstile();
  /** Packet identifiers of QoS 2 messages that are being taken, and, of a client without a session, of those taken and not released. */
  readonly taking = new Set<number>();
  readonly taken = new Set<number>();
  readonly #socket: Socket;
  readonly #options: Options;
  readonly #framer: Framer;
  #client: Client | undefined;
  #connecting = false;
  #room = true;
  #gone = false;
  #inflight = 0;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: Options) {
    const { limits } = options;
    this.#socket = socket;
    this.#options = options;
    this.#framer = new Framer((type) => (type === PACKET.publish ? limits.packetBytes + 65_535 + 4 : limits.controlPacketBytes));
    this.egress = new Egress(socket, options.corker);
    this.passage = new Passage({
      egress: this.egress,
      fullAt: limits.unreadBytes,
      onRoom: () => {
        this.#room = true;
        this.resume();
      },
      onGone: () => this.#end(),
    });
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("drain", () => this.passage.drained());
    socket.on("error", () => {});
    socket.on("close", () => this.passage.destroy());
  }

  get clientId(): string {
    return this.#client?.id ?? "";
  }

  get clean(): boolean {
    return this.#client?.clean !== false;
  }

  /** aedes accepted the CONNECT: messages may flow. */
  ready(client: Client): void {
    this.#client = client;
    this.#connecting = false;
    this.resume();
  }

  /** Ends the connection when nothing is heard for 1.5 times as many seconds [MQTT-3.1.2-24]. */
  keepAlive(seconds: number): void {
    clearTimeout(this.#keepAlive);
    if (seconds === 0) return;
    this.#keepAlive = setTimeout(() => {
      if (this.#mayRead()) this.fail(new StepppsError("E_MQTT_CLIENT", `${this.clientId}: nothing heard for ${seconds * 1.5} s`));
      else this.#keepAlive?.refresh();
    }, seconds * 1500);
  }

  send(topic: Uint8Array, name: string, payload: Uint8Array, qos: Qos): void {
    const { unread } = this.egress;
    const { unreadBytes, unreadBytesMax } = this.#options.limits;
    const client = this.#client as Client;
    if (qos === 0) {
      if (unread > unreadBytes) this.#options.tally.drop("slowClient");
      else this.egress.publish(topic, payload, 0, false, 0);
    } else if (unread > unreadBytesMax) {
      this.fail(new StepppsError("E_MQTT_SLOW_CLIENT", this.clientId));
    } else if (qos === 1) {
      this.egress.publish(topic, payload, 1, false, takeMessageId(client));
    } else {
      deliverQos(client, { cmd: "publish", topic: name, payload: Buffer.from(payload), qos, retain: false, dup: false });
    }
  }

  deliver(packet: Packet): void {
    if (this.#client) deliverQos(this.#client, packet);
  }

  /** A message of the client waits for the supervisor or the journal. */
  hold(bytes: number): void {
    this.#inflight++;
    this.#options.gate.hold(bytes);
  }

  settle(bytes: number): void {
    this.#inflight--;
    this.#options.gate.settle(bytes);
    if (this.#inflight < this.#options.limits.inflightMessages / 2) this.resume();
  }

  /** Ends the connection and says why. */
  fail(error: StepppsError): void {
    if (this.#gone) return;
    this.#options.tally.report(error);
    this.passage.destroy();
  }

  /** Reads on, if it may. */
  resume(): void {
    if (!this.#socket.isPaused() || this.#gone || !this.#mayRead()) return;
    this.#read();
    if (this.#mayRead()) this.#socket.resume();
  }

  #mayRead(): boolean {
    return !this.#connecting && this.#room && this.#inflight < this.#options.limits.inflightMessages && this.#options.gate.open;
  }

  #received(chunk: Buffer): void {
    this.#keepAlive?.refresh();
    this.#framer.push(chunk);
    this.#read();
    if (!this.#mayRead()) {
      this.#socket.pause();
      this.#options.gate.wait(this);
    }
  }

  #read(): void {
    const framer = this.#framer;
    const { names, ingress } = this.#options;
    try {
      while (!this.#gone && this.#mayRead() && framer.next()) {
        if (this.#client && framer.type === PACKET.publish) {
          ingress.take(decodePublish(framer, names), this);
        } else {
          if (framer.type === PACKET.connect) this.#connecting = true;
          else if (framer.type === PACKET.pubrel) this.taken.delete(framer.buffer.readUInt16BE(framer.end - 2));
          this.#room = this.passage.push(framer.buffer.subarray(framer.start, framer.end));
        }
      }
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_MQTT_PACKET");
      this.fail(new StepppsError(error.code, `client ${JSON.stringify(this.clientId)}: ${error.detail}`, { cause: thrown }));
    }
  }

  /** Once, however it ends. What was said last still goes out. */
  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#keepAlive);
    this.egress.flush();
    this.#socket.destroySoon();
    this.#socket.resume();
    this.#options.onGone(this);
  }
}
