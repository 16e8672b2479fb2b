import { INPUT_KIND } from "../../contract/index.ts";
import type { Offer } from "./offer.ts";

/** A plugin's seed: with an input's number it gives the seed of that input's random numbers. */
export interface Seed {
  readonly high: number;
  readonly low: number;
}

const HEADER = 40;
/** A buffer that one large batch made larger is not kept. */
const ROOM = 64 * 1024;
const KEPT_ROOM = 4 * 1024 * 1024;

/**
 * Writes inputs straight into one growing buffer (layout: contract/input.ts): the hot path makes no object per message.
 * A test holds it against `encodeInputs`.
 */
export class BatchWriter {
  #buffer = Buffer.allocUnsafe(ROOM);
  #at = 0;
  #count = 0;
  readonly #seed: Seed;

  constructor(seed: Seed) {
    this.#seed = seed;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#at;
  }

  add(offer: Omit<Offer, "ops" | "settle">, seq: number): void {
    const { name, payload, meta } = offer;
    this.#reserve(HEADER + name.length * 3 + payload.length + meta.length);
    const buffer = this.#buffer;
    const start = this.#at;
    const nameLength = buffer.write(name, start + HEADER, "utf8");
    const end = start + HEADER + nameLength + payload.length + meta.length;
    buffer.writeUInt32LE(end - start - 4, start);
    buffer.writeInt32LE(INPUT_KIND[offer.kind], start + 4);
    buffer.writeInt32LE(offer.handler, start + 8);
    buffer.writeUInt32LE(offer.time >>> 0, start + 12);
    buffer.writeInt32LE(Math.floor(offer.time / 0x1_0000_0000), start + 16);
    if (offer.seed === undefined) {
      buffer.writeInt32LE(mix(this.#seed.low ^ seq), start + 20);
      buffer.writeInt32LE(mix(this.#seed.high + Math.imul(seq, 0x9e3779b1)), start + 24);
    } else buffer.writeBigInt64LE(BigInt.asIntN(64, offer.seed), start + 20);
    buffer.writeUInt32LE(nameLength, start + 28);
    buffer.writeUInt32LE(payload.length, start + 32);
    buffer.writeUInt32LE(meta.length, start + 36);
    buffer.set(payload, start + HEADER + nameLength);
    if (meta.length > 0) buffer.set(meta, start + HEADER + nameLength + payload.length);
    this.#at = end;
    this.#count++;
  }

  /** The batch, in memory of its own; the writer is empty again. */
  take(): Uint8Array {
    const batch = new Uint8Array(this.#at);
    batch.set(this.#buffer.subarray(0, this.#at));
    this.#at = 0;
    this.#count = 0;
    if (this.#buffer.length > KEPT_ROOM) this.#buffer = Buffer.allocUnsafe(ROOM);
    return batch;
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + more));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }
}

/** murmur3's finaliser: neighbouring numbers become unrelated ones. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
