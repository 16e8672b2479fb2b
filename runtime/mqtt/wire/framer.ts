import { StepppsError } from "../../contract/index.ts";

/** Packet types of MQTT 3.1.1, section 2.2.1. */
export const PACKET = { connect: 1, connack: 2, publish: 3, puback: 4, pubrec: 5, pubrel: 6, pubcomp: 7 } as const;

const LENGTH_BYTES_MAX = 4;

/**
 * Cuts a client's bytes into packets, without copying those that arrive whole.
 *
 *   byte 0: type << 4 │ flags · 1 to 4 bytes: remaining length, 7 bits each, low first · the rest
 *
 * After `next()` returned true the packet is `buffer[start, end)`, and what follows its fixed header begins at `body`.
 */
export class Framer {
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  body = 0;
  end = 0;
  readonly #limit: (type: number) => number;
  /** Where the packet after the current one begins. */
  #at = 0;
  /** A packet that has not arrived whole is `#rest[0, #held)`; 0 for none. */
  #rest: Buffer = EMPTY;
  #held = 0;
  /** Its length, or 0 where that has not arrived either. */
  #needed = 0;

  /** `limit` gives the largest packet taken, by type, without its fixed header. */
  constructor(limit: (type: number) => number) {
    this.#limit = limit;
  }

  /** Bytes of a packet that has not arrived whole; they may take half as much again. */
  get held(): number {
    return this.#held;
  }

  /** Type of the current packet. */
  get type(): number {
    return (this.buffer[this.start] as number) >> 4;
  }

  /** Gives more bytes. Only after `next()` returned false. */
  push(chunk: Buffer): void {
    const held = this.#held;
    const size = held + chunk.length;
    if (size < this.#needed) return this.#add(chunk, size);
    this.buffer = held === 0 ? chunk : Buffer.concat([this.#rest.subarray(0, held), chunk], size);
    this.#at = 0;
    this.#rest = EMPTY;
    this.#held = this.#needed = 0;
  }

  /** Moves to the next whole packet. Throws E_MQTT_PACKET, or E_MQTT_PACKET_SIZE as soon as a header says so. */
  next(): boolean {
    if (this.#held > 0) return false;
    const { buffer } = this;
    const start = this.#at;
    let at = start + 1;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= buffer.length) return this.#wait(start, 0);
      const byte = buffer[at++] as number;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      if (at - start > LENGTH_BYTES_MAX) throw new StepppsError("E_MQTT_PACKET", "a remaining length of more than 4 bytes");
    }
    const limit = this.#limit((buffer[start] as number) >> 4);
    if (length > limit) throw new StepppsError("E_MQTT_PACKET_SIZE", `${length} bytes, at most ${limit}`);
    const end = at + length;
    if (end > buffer.length) return this.#wait(start, end - start);
    this.start = start;
    this.body = at;
    this.end = end;
    this.#at = end;
    return true;
  }

  /** Room grows by half at least, so that a packet which comes byte by byte is not copied for each. */
  #add(chunk: Buffer, size: number): void {
    if (size > this.#rest.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#needed, Math.max(size, this.#rest.length * 1.5)));
      this.#rest.copy(grown, 0, 0, this.#held);
      this.#rest = grown;
    }
    chunk.copy(this.#rest, this.#held);
    this.#held = size;
  }

  #wait(start: number, needed: number): false {
    if (start < this.buffer.length) {
      this.#rest = start === 0 ? this.buffer : this.buffer.subarray(start);
      this.#held = this.#rest.length;
      this.#needed = needed;
    }
    this.buffer = EMPTY;
    this.#at = 0;
    return false;
  }
}

const EMPTY = Buffer.alloc(0);
