import { concat, StepppsError, text, utf8 } from "../../contract/index.ts";

/** What signed content is made of. Maps keep their key order in bytes, not the order they were filled in. */
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | CborMap | CborTagged;
export type CborMap = ReadonlyMap<number | string, Cbor>;

export class CborTagged {
  readonly tag: number;
  readonly value: Cbor;
  constructor(tag: number, value: Cbor) {
    this.tag = tag;
    this.value = value;
  }
}

/** Deeper than anything we sign; a bound on recursion. */
const MAX_DEPTH = 16;
/**
 * More than the largest manifest holds. Bytes are read before their signatures hold: 8 MiB of one-byte items would keep the
 * event loop for over half a second.
 */
const MAX_ITEMS = 32_768;
const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const FLOAT32 = 0xfa;
const FLOAT64 = 0xfb;

/**
 * Deterministic CBOR (RFC 8949, 4.2.1): shortest heads, definite lengths, map keys sorted by their bytes.
 * Whole numbers are integers, all others 64-bit floats (one of the choices 4.2.2 leaves to a protocol); NaN and infinities throw E_CBOR.
 */
export function encodeCbor(value: Cbor): Uint8Array {
  if (value === null) return Uint8Array.of(NULL);
  if (typeof value === "boolean") return Uint8Array.of(value ? TRUE : FALSE);
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new StepppsError("E_CBOR", "text with a lone surrogate");
    const bytes = utf8(value);
    return concat([head(MAJOR.text, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) return concat([head(MAJOR.bytes, value.length), value]);
  if (value instanceof CborTagged) return concat([head(MAJOR.tag, value.tag), encodeCbor(value.value)]);
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => ({ key: encodeCbor(key), item: encodeCbor(item) }));
    entries.sort((a, b) => Buffer.compare(a.key, b.key));
    return concat([head(MAJOR.map, entries.length), ...entries.flatMap(({ key, item }) => [key, item])]);
  }
  const items = value as readonly Cbor[];
  return concat([head(MAJOR.array, items.length), ...items.map(encodeCbor)]);
}

/**
 * The value that `bytes` are the one encoding of; anything else throws E_CBOR: a longer head than needed, indefinite
 * lengths, keys twice or out of order, bytes left over, too deep, too many items. Byte strings are views, not copies.
 * `form` "any": heads, floats and the order of keys as other encoders write them; for what no signature covers.
 */
export function decodeCbor(bytes: Uint8Array, form: "deterministic" | "any" = "deterministic"): Cbor {
  const reader = new Reader(bytes, form === "any");
  const value = reader.item(0);
  if (reader.at !== bytes.length) throw new StepppsError("E_CBOR", `${bytes.length - reader.at} bytes left over`);
  return value;
}

class Reader {
  at = 0;
  #items = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #lenient: boolean;

  constructor(bytes: Uint8Array, lenient: boolean) {
    this.#bytes = bytes;
    this.#lenient = lenient;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  item(depth: number): Cbor {
    if (depth > MAX_DEPTH) throw this.#bad("nested too deep");
    if (++this.#items > MAX_ITEMS) throw this.#bad(`more than ${MAX_ITEMS} items`);
    const initial = this.#take(1)[0] as number;
    const major = initial >> 5;
    if (major === MAJOR.simple) return this.#simple(initial);
    const argument = this.#argument(initial & 0x1f);
    if (major === MAJOR.unsigned) return argument;
    if (major === MAJOR.negative) return this.#safe(-1 - argument);
    if (major === MAJOR.bytes) return this.#take(argument);
    if (major === MAJOR.text) return this.#text(argument);
    if (major === MAJOR.tag) return new CborTagged(argument, this.item(depth + 1));
    // Each element takes at least a byte: a huge count cannot make us allocate more than what was sent.
    if (argument > this.#bytes.length - this.at) throw this.#bad("cut short");
    if (major === MAJOR.array) return Array.from({ length: argument }, () => this.item(depth + 1));
    return this.#map(argument, depth);
  }

  #map(size: number, depth: number): CborMap {
    const map = new Map<number | string, Cbor>();
    let previous: Uint8Array | undefined;
    for (let i = 0; i < size; i++) {
      const start = this.at;
      const key = this.item(depth + 1);
      if (typeof key !== "number" && typeof key !== "string") throw this.#bad("a map's key is neither a number nor text");
      const encoded = this.#bytes.subarray(start, this.at);
      const sorted = !previous || Buffer.compare(previous, encoded) < 0;
      if (this.#lenient ? map.has(key) : !sorted) throw this.#bad("a map's keys are out of order or there twice");
      previous = encoded;
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  #simple(initial: number): Cbor {
    if (initial === FALSE) return false;
    if (initial === TRUE) return true;
    if (initial === NULL) return null;
    const at = this.at;
    if (this.#lenient && initial === FLOAT32) {
      this.#take(4);
      return this.#finite(this.#view.getFloat32(at));
    }
    if (initial !== FLOAT64) throw this.#bad("a simple value or float width that is not used here");
    this.#take(8);
    const value = this.#view.getFloat64(at);
    if (isInteger(value) && !this.#lenient) throw this.#bad("a float that has another encoding");
    return this.#finite(value);
  }

  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) throw this.#bad("an indefinite or reserved length");
    const width = 1 << (info - 24);
    const at = this.at;
    this.#take(width);
    const value =
      width === 1
        ? this.#view.getUint8(at)
        : width === 2
          ? this.#view.getUint16(at)
          : width === 4
            ? this.#view.getUint32(at)
            : this.#safe(Number(this.#view.getBigUint64(at)));
    if (headWidth(value) !== width && !this.#lenient) throw this.#bad("a longer head than needed");
    return value;
  }

  #finite(value: number): number {
    if (!Number.isFinite(value)) throw this.#bad("a float that is no number");
    return value;
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    try {
      return text(bytes);
    } catch {
      throw this.#bad("text that is not UTF-8");
    }
  }

  #safe(value: number): number {
    if (!Number.isSafeInteger(value)) throw this.#bad("an integer beyond 2^53");
    return value;
  }

  #take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.#bytes.length) throw this.#bad("cut short");
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  #bad(what: string): StepppsError {
    return new StepppsError("E_CBOR", `${what}, at byte ${this.at}`);
  }
}

function encodeNumber(value: number): Uint8Array {
  if (isInteger(value)) return value < 0 ? head(MAJOR.negative, -1 - value) : head(MAJOR.unsigned, value);
  if (!Number.isFinite(value)) throw new StepppsError("E_CBOR", `${value} cannot be signed`);
  const bytes = new Uint8Array(9);
  bytes[0] = FLOAT64;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function headWidth(argument: number): 0 | 1 | 2 | 4 | 8 {
  if (argument < 24) return 0;
  if (argument < 0x100) return 1;
  if (argument < 0x10000) return 2;
  return argument < 0x100000000 ? 4 : 8;
}

function head(major: number, argument: number): Uint8Array {
  const width = headWidth(argument);
  const bytes = new Uint8Array(1 + width);
  const view = new DataView(bytes.buffer);
  bytes[0] = (major << 5) | (width === 0 ? argument : 24 + Math.log2(width));
  if (width === 1) view.setUint8(1, argument);
  else if (width === 2) view.setUint16(1, argument);
  else if (width === 4) view.setUint32(1, argument);
  else if (width === 8) view.setBigUint64(1, BigInt(argument));
  return bytes;
}
