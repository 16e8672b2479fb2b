import type { Socket } from "node:net";
import type { Qos } from "../../contract/index.ts";
import { publishSize, writePublishHead } from "./publish.ts";

const SLAB_MIN = 4 * 1024;
const SLAB_MAX = 64 * 1024;

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

  publish(topic: Uint8Array, payload: Uint8Array, qos: Qos, retain: boolean, messageId: number): void {
    const size = publishSize(topic.length, payload.length, qos);
    if (size > SLAB_MAX / 2) {
      const head = size - payload.length;
      this.#room(head);
      this.#to = writePublishHead(this.#slab, this.#to, topic, payload.length, qos, retain, messageId);
      this.#push(Buffer.from(payload));
      return;
    }
    this.#room(size);
    const at = writePublishHead(this.#slab, this.#to, topic, payload.length, qos, retain, messageId);
    this.#slab.set(payload, at);
    this.#to = at + payload.length;
    this.#list();
  }

  /** PUBACK, PUBREC, PUBREL or PUBCOMP: sections 3.4 to 3.7. */
  acknowledge(type: number, messageId: number): void {
    this.#room(4);
    const slab = this.#slab;
    slab[this.#to++] = type << 4;
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
