import { type Message, StepppsError, utf8 } from "../../contract/index.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Egress } from "../wire/egress.ts";
import { PACKET } from "../wire/framer.ts";
import { writeProperties } from "../wire/properties.ts";
import { publishFlags } from "../wire/publish.ts";

/** The rest of the identifiers are MQTT.js's, for SUBSCRIBE and UNSUBSCRIBE. */
export const MESSAGE_IDS = 65_000;
/** Of these the first are for QoS 2, so that what the last process left open is among few. */
const TWO_IDS = 256;
/** Messages that are under way or wait for the window in memory, and bytes of their payloads. */
const PENDING_MAX = 4096;
const PENDING_BYTES = 16 * 1024 * 1024;
const NO_PROPERTIES = new Uint8Array(0);
const DONE = Promise.resolve();

/** A connection that messages can be sent on. */
export interface SendingLine {
  readonly egress: Egress;
  readonly version: 4 | 5;
  /** QoS 1 and 2 messages that the broker lets us have under way. */
  readonly window: number;
  /** The same for QoS 2 alone; as many where absent. */
  readonly twos?: number;
}

interface Sent {
  readonly message: Message;
  /** PUBREC came; PUBREL is what is left to say [MQTT-4.3.3-1]. */
  released: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

type Queued = Omit<Sent, "released">;

/**
 * Sends messages, and for QoS 1 and 2 keeps them until the broker has acknowledged them: over a reconnection too, with the same
 * identifier if the broker kept the session [MQTT-4.4.0-1]. A new process starts anew; whoever gave the messages sends them again.
 *
 * What the last process left open at QoS 2 counts against what the broker takes at once, for as long as it keeps the session
 * (mosquitto 2.0 then loses what is beyond, though it acknowledges it). So before its first message of QoS 2 a new process closes
 * all of them with PUBREL, which a broker answers whether it knows the identifier or not [MQTT-4.3.3-2]; it uses none before that.
 */
export class Sender {
  readonly #sent = new Map<number, Sent>();
  readonly #queued: Queued[] = [];
  #line: SendingLine | undefined;
  #lastId: number;
  #lastTwo = 0;
  #pendingBytes = 0;
  /** QoS 2 messages among those sent. */
  #twos = 0;
  /** Identifiers of the last process that are not closed yet; undefined until there is something to send at QoS 2. */
  #closing: Set<number> | undefined;

  /** `firstId`: any; best another one in each process, as the broker may remember those of the last. */
  constructor(firstId: number) {
    this.#lastId = Math.max(TWO_IDS, firstId % MESSAGE_IDS);
  }

  /** Messages that are not acknowledged, sent or not. */
  get pending(): number {
    return this.#sent.size + this.#queued.length;
  }

  /** Whether what comes now should wait elsewhere: the broker has not taken so many messages, or so much of them. */
  get full(): boolean {
    const unread = this.#line?.egress.unread ?? 0;
    return this.pending >= PENDING_MAX || this.#pendingBytes > PENDING_BYTES || unread > DEFAULT_LIMITS.unreadBytes;
  }

  /** Resolves at QoS 0 when it is on its way, above when the broker has acknowledged it. */
  publish(message: Message): Promise<void> {
    if (message.qos === 0 && this.#line && this.#queued.length === 0) {
      this.#write(this.#line, message, 0, false);
      return DONE;
    }
    return new Promise((resolve, reject) => {
      this.#queued.push({ message, resolve, reject });
      this.#pendingBytes += message.payload.length;
      this.#fill();
    });
  }

  /** A connection is there. What was under way is sent again. */
  connected(line: SendingLine, sessionPresent: boolean): void {
    this.#line = line;
    if (!sessionPresent) this.#closing = new Set();
    for (const id of this.#closing ?? []) line.egress.acknowledge(PACKET.pubrel, id);
    for (const [id, sent] of this.#sent) {
      if (!sessionPresent) sent.released = false;
      if (sent.released) line.egress.acknowledge(PACKET.pubrel, id);
      else this.#write(line, sent.message, id, sessionPresent);
    }
    this.#fill();
  }

  disconnected(): void {
    this.#line = undefined;
  }

  /** PUBACK, PUBREC or PUBCOMP, with the reason of MQTT 5 (0 is well; below 128 is well enough). */
  acknowledged(type: number, id: number, reason: number): void {
    if (type === PACKET.pubcomp && this.#closing?.delete(id)) return this.#fill();
    const sent = this.#sent.get(id);
    if (type === PACKET.pubrec && reason < 128) {
      if (sent) sent.released = true;
      this.#line?.egress.acknowledge(PACKET.pubrel, id);
      return;
    }
    if (!sent) return;
    this.#sent.delete(id);
    this.#pendingBytes -= sent.message.payload.length;
    if (sent.message.qos === 2) this.#twos--;
    if (reason < 128 || type === PACKET.pubcomp) sent.resolve();
    else sent.reject(new StepppsError("E_MQTT_UPLINK_REFUSED", `${sent.message.topic}: reason 0x${reason.toString(16)}`));
    this.#fill();
  }

  /** Gives up what is not acknowledged. */
  close(): void {
    const error = new StepppsError("E_MQTT_CLOSED");
    for (const one of [...this.#sent.values(), ...this.#queued]) one.reject(error);
    this.#sent.clear();
    this.#twos = this.#pendingBytes = 0;
    this.#queued.length = 0;
  }

  #fill(): void {
    const line = this.#line;
    if (!line) return;
    let taken = 0;
    for (const { message, resolve, reject } of this.#queued) {
      if (message.qos > 0 && this.#sent.size >= line.window) break;
      if (message.qos === 2 && !this.#mayTwo(line)) break;
      if (message.qos === 2) this.#twos++;
      taken++;
      const id = message.qos === 0 ? 0 : message.qos === 1 ? this.#takeId() : this.#takeTwo();
      this.#write(line, message, id, false);
      if (message.qos === 0) {
        this.#pendingBytes -= message.payload.length;
        resolve();
      } else this.#sent.set(id, { message, released: false, resolve, reject });
    }
    if (taken > 0) this.#queued.splice(0, taken);
  }

  #write({ egress, version }: SendingLine, message: Message, messageId: number, again: boolean): void {
    const { topic, payload, qos, retain } = message;
    const properties = version === 5 ? writeProperties(message) : NO_PROPERTIES;
    egress.publish(publishFlags(qos, retain, again), utf8(topic), messageId, properties, payload);
  }

  /** Whether the broker takes one more of QoS 2. */
  #mayTwo(line: SendingLine): boolean {
    if (!this.#closing) {
      this.#closing = new Set(Array.from({ length: TWO_IDS }, (_, i) => i + 1));
      for (const id of this.#closing) line.egress.acknowledge(PACKET.pubrel, id);
    }
    return this.#closing.size === 0 && this.#twos < Math.min(TWO_IDS, line.twos ?? line.window);
  }

  #takeId(): number {
    do {
      this.#lastId = this.#lastId >= MESSAGE_IDS ? TWO_IDS + 1 : this.#lastId + 1;
    } while (this.#sent.has(this.#lastId));
    return this.#lastId;
  }

  #takeTwo(): number {
    do {
      this.#lastTwo = (this.#lastTwo % TWO_IDS) + 1;
    } while (this.#sent.has(this.#lastTwo));
    return this.#lastTwo;
  }
}
