import type { Socket } from "node:net";
import { PACKET } from "./framer.ts";

const SLAB_MIN = 4 * 1024;
const SLAB_MAX = 64 * 1024;
/** Byte 0 and the longest remaining length. */
const HEADER_MAX = 5;

/** Writes out, once per turn of the event loop, every connection that has something to say. */
export class Corker {
  #waiting: Egress[] = [];
  #spare: Egress[] = [];

  add(egress: Egress): void {
    if (this.#waiting.push(egress) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = this.#spare;
    for (const egress of waiting) egress.flush();
    waiting.length = 0;
    this.#spare = waiting;
  }
}

/**
 * One connection's way out. Packets gather in a slab and leave in one write per turn; a write that has left lets the next packets
 * go on behind it in the same slab, so memory is taken once per SLAB bytes sent, not per packet.
 *
 *   slab: │ written to the socket │ waiting for this turn's end │ free │
 *                                 └ from                        └ to
 */
export class Egress {
  readonly #socket: Socket;
  readonly #corker: Corker;
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_MIN);
  #from = 0;
  #to = 0;
  /** Full slabs and large payloads, before what waits in the slab. */
  #chunks: Buffer[] = [];
  #chunkBytes = 0;
  #listed = false;

  constructor(socket: Socket, corker: Corker) {
    this.#socket = socket;
    this.#corker = corker;
  }

  /** Bytes that the other side has not taken yet. */
  get unread(): number {
    return this.#socket.writableLength + this.#chunkBytes + (this.#to - this.#from);
  }

  /** A PUBLISH whose byte 0 is `flags`. `messageId` is 0 at QoS 0; `properties` are those of MQTT 5 with their length, or nothing. */
  publish(flags: number, topic: Uint8Array, messageId: number, properties: Uint8Array, payload: Uint8Array): void {
    const remaining = 2 + topic.length + (messageId > 0 ? 2 : 0) + properties.length + payload.length;
    const large = remaining > SLAB_MAX / 2;
    this.#room(HEADER_MAX + remaining - (large ? payload.length : 0));
    const slab = this.#slab;
    let at = this.#to;
    slab[at++] = flags;
    let length = remaining;
    while (length > 0x7f) {
      slab[at++] = (length & 0x7f) | 0x80;
      length >>>= 7;
    }
    slab[at++] = length;
    slab[at++] = topic.length >> 8;
    slab[at++] = topic.length & 0xff;
    slab.set(topic, at);
    at += topic.length;
    if (messageId > 0) {
      slab[at++] = messageId >> 8;
      slab[at++] = messageId & 0xff;
    }
    if (properties.length > 0) slab.set(properties, at);
    at += properties.length;
    if (!large) slab.set(payload, at);
    this.#to = large ? at : at + payload.length;
    if (large) this.#push(Buffer.from(payload));
    else this.#list();
  }

  /** PUBACK, PUBREC, PUBREL or PUBCOMP: sections 3.4 to 3.7. */
  acknowledge(type: number, messageId: number): void {
    this.#room(4);
    const slab = this.#slab;
    // [MQTT-3.6.1-1] PUBREL alone has a flag, which is always set
    slab[this.#to++] = (type << 4) | (type === PACKET.pubrel ? 2 : 0);
    slab[this.#to++] = 2;
    slab[this.#to++] = messageId >> 8;
    slab[this.#to++] = messageId & 0xff;
    this.#list();
  }

  /** Bytes as they are; they are copied. */
  append(bytes: Uint8Array): void {
    if (bytes.length > SLAB_MAX / 2) {
      this.#push(Buffer.from(bytes));
      return;
    }
    this.#room(bytes.length);
    this.#slab.set(bytes, this.#to);
    this.#to += bytes.length;
    this.#list();
  }

  flush(): void {
    this.#listed = false;
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    if (this.#chunks.length > 0) {
      socket.cork();
      for (const chunk of this.#chunks) socket.write(chunk);
      this.#chunks = [];
      this.#chunkBytes = 0;
    }
    if (this.#to > this.#from) socket.write(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
    socket.uncork();
  }

  /** Makes room for `size` bytes back to back. */
  #room(size: number): void {
    if (this.#slab.length - this.#to >= size) return;
    const used = this.#to - this.#from;
    if (used > 0) {
      this.#chunks.push(this.#slab.subarray(this.#from, this.#to));
      this.#chunkBytes += used;
    }
    this.#slab = Buffer.allocUnsafeSlow(Math.max(size, Math.min(this.#slab.length * 2, SLAB_MAX)));
    this.#from = this.#to = 0;
  }

  #push(bytes: Buffer): void {
    const used = this.#to - this.#from;
    if (used > 0) this.#chunks.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
    this.#chunks.push(bytes);
    this.#chunkBytes += used + bytes.length;
    this.#list();
  }

  #list(): void {
    if (this.#listed) return;
    this.#listed = true;
    this.#corker.add(this);
  }
}
