import type { Qos } from "../../../contract/index.ts";
import type { Packet } from "../aedes.ts";

/** A message of QoS 1 or 2 that a session owes its client. */
export interface Owed {
  readonly number: number;
  readonly bytes: number;
  packet: Packet | Release;
  /** Sent on the present connection. */
  sent: boolean;
}

/** What is left of a QoS 2 message after PUBREC [MQTT-4.3.3-1]. */
export interface Release {
  readonly cmd: "pubrel";
  readonly messageId: number;
}

export interface Subscribed {
  readonly topic: string;
  readonly qos: Qos;
  readonly rh?: number | undefined;
  readonly rap?: boolean | undefined;
  readonly nl?: boolean | undefined;
  readonly subscriptionIdentifier?: number | undefined;
}

/** The connection through which a session's client can be reached. */
export interface SessionLink {
  deliver(packet: Packet): void;
}

/** What all sessions' queues hold together. */
export interface Queued {
  bytes: number;
}

/** What a client may leave unacknowledged before the next message waits in its queue. */
const WINDOW_MESSAGES = 512;
const WINDOW_BYTES = 2 * 1024 * 1024;

/** What the broker keeps for a client with clean=false [MQTT-3.1.2-4]. In memory; the journal holds the same. */
export class Session {
  readonly clientId: string;
  readonly subscriptions = new Map<string, Subscribed>();
  /** Packet identifiers of QoS 2 messages taken and not released, with the message where aedes stored one. */
  readonly incoming = new Map<number, Packet | undefined>();
  readonly queue = new Map<number, Owed>();
  queueBytes = 0;
  /** h that its client has been away, and what the journal holds of that. */
  away = 0;
  awayStored: number | undefined;
  readonly #byCounter = new Map<string, Owed>();
  readonly #byMessageId = new Map<number, Owed>();
  readonly #queued: Queued;
  #link: SessionLink | undefined;
  /** Messages and bytes sent on the present connection and not acknowledged. */
  #sentMessages = 0;
  #sentBytes = 0;
  /** Something in the queue waits for the window. */
  #behind = false;

  constructor(clientId: string, queued: Queued) {
    this.clientId = clientId;
    this.#queued = queued;
  }

  /** Its client is connected. */
  get attached(): boolean {
    return this.#link !== undefined;
  }

  get empty(): boolean {
    return this.subscriptions.size === 0 && this.queue.size === 0 && this.incoming.size === 0 && !this.#link;
  }

  /** Adds to the queue and sends it, unless others are to go before it. */
  push(owed: Owed): void {
    this.queue.set(owed.number, owed);
    this.queueBytes += owed.bytes;
    this.#queued.bytes += owed.bytes;
    if (owed.packet.cmd === "publish") this.#byCounter.set(counterKey(owed.packet), owed);
    if (owed.packet.messageId !== undefined) this.#byMessageId.set(owed.packet.messageId, owed);
    if (!this.#behind) this.#offer(owed);
  }

  /** By the counter that the broker gave the message. */
  byCounter(packet: Counted): Owed | undefined {
    return this.#byCounter.get(counterKey(packet));
  }

  byMessageId(messageId: number): Owed | undefined {
    return this.#byMessageId.get(messageId);
  }

  /** The message got its packet identifier. */
  name(owed: Owed, messageId: number): void {
    if (owed.packet.cmd === "publish") owed.packet.messageId = messageId;
    this.#byMessageId.set(messageId, owed);
  }

  /** PUBREL takes the message's place. */
  release(owed: Owed, release: Release): void {
    if (owed.packet.cmd === "publish") this.#byCounter.delete(counterKey(owed.packet));
    owed.packet = release;
  }

  /** The client has it. */
  drop(owed: Owed): void {
    if (!this.queue.delete(owed.number)) return;
    this.queueBytes -= owed.bytes;
    this.#queued.bytes -= owed.bytes;
    if (owed.packet.cmd === "publish") this.#byCounter.delete(counterKey(owed.packet));
    if (owed.packet.messageId !== undefined) this.#byMessageId.delete(owed.packet.messageId);
    if (!owed.sent) return;
    this.#sentMessages--;
    this.#sentBytes -= owed.bytes;
    if (this.#behind) this.#catchUp();
  }

  /** Counts `owed` as sent. */
  markSent(owed: Owed): void {
    if (owed.sent) return;
    owed.sent = true;
    this.#sentMessages++;
    this.#sentBytes += owed.bytes;
  }

  attach(link: SessionLink): void {
    this.#link = link;
    this.#catchUp();
  }

  /** The client is gone: what it has not acknowledged is to be sent again, marked as such [MQTT-3.3.1-1]. */
  detach(link: SessionLink): void {
    if (this.#link && this.#link !== link) return;
    this.#link = undefined;
    this.#behind = false;
    this.#sentMessages = this.#sentBytes = 0;
    for (const owed of this.queue.values()) {
      if (owed.sent && owed.packet.cmd === "publish" && owed.packet.messageId !== undefined) owed.packet.dup = true;
      owed.sent = false;
    }
  }

  #catchUp(): void {
    this.#behind = false;
    for (const owed of this.queue.values()) {
      if (this.#behind) return;
      this.#offer(owed);
    }
  }

  #offer(owed: Owed): void {
    if (!this.#link || owed.sent || owed.packet.cmd !== "publish") return;
    if (this.#sentMessages >= WINDOW_MESSAGES || this.#sentBytes >= WINDOW_BYTES) {
      this.#behind = true;
      return;
    }
    this.markSent(owed);
    this.#link.deliver(owed.packet);
  }
}

interface Counted {
  readonly brokerId?: string | null | undefined;
  readonly brokerCounter?: number | undefined;
}

function counterKey(packet: Counted): string {
  return `${packet.brokerCounter}@${packet.brokerId}`;
}
