import { findMember } from "./find";
import { readInteger, readNumber } from "./number";
import { memberValue, nextMember, skipSpace, skipValue } from "./scan";
import { readString } from "./text";
import { isJson } from "./valid";

/**
 * A value inside JSON text: a place, not a tree. Looking a field up walks over the bytes before it; nothing is built.
 * What is missing or of another kind gives the fallback, so that a chain of lookups needs no checks between.
 *
 *   const t = message.json().f64("temperature");            // NaN when there is none
 *   const first = message.json().at("readings.0.value").asF64();
 *   for (let r = message.json().get("readings").first(); r.exists; r = r.next()) { … }
 */
@final
export class Json {
  private constructor(
    /** Where the value begins; 0 when there is none. */
    readonly pointer: usize,
    private limit: usize,
    /** Where this member's key begins, of what `first` and `next` of an object return; 0 otherwise. */
    private label: usize,
  ) {}

  /** The value in the text [from, end). */
  static of(from: usize, end: usize): Json {
    const at = skipSpace(from, end);
    return new Json(at < end ? at : 0, end, 0);
  }

  // @ts-ignore: decorator
  @inline
  private kind(): u32 {
    return this.pointer == 0 ? 0 : load<u8>(this.pointer);
  }

  get exists(): bool {
    return this.pointer != 0;
  }
  get isObject(): bool {
    return this.kind() == 0x7b;
  }
  get isArray(): bool {
    return this.kind() == 0x5b;
  }
  get isString(): bool {
    return this.kind() == 0x22;
  }
  get isNull(): bool {
    return this.kind() == 0x6e;
  }
  get isBool(): bool {
    return this.kind() == 0x74 || this.kind() == 0x66;
  }
  get isNumber(): bool {
    const kind = this.kind();
    return kind == 0x2d || (kind >= 0x30 && kind <= 0x39);
  }
  /** Whether the whole text from here is one well-formed JSON value. Lookups do not need it: they are safe on any bytes. */
  get valid(): bool {
    return this.pointer != 0 && isJson(this.pointer, this.limit);
  }

  /** Bytes of this value's text; 0 when there is none. */
  get byteLength(): i32 {
    const end: usize = this.pointer == 0 ? 0 : skipValue(this.pointer, this.limit);
    return end == 0 ? 0 : <i32>(end - this.pointer);
  }

  /** Members of the object or items of the array. Counting walks over all of them. */
  get length(): i32 {
    let count = 0;
    for (let item = this.first(); item.exists; item = item.next()) count++;
    return count;
  }

  has(key: string): bool {
    return this.find(key) != 0;
  }
  get(key: string): Json {
    return new Json(this.find(key), this.limit, 0);
  }
  /** Item `index` of the array. Use `first` and `next` to walk over all. */
  item(index: i32): Json {
    let item = this.isArray ? this.first() : new Json(0, 0, 0);
    while (index-- > 0 && item.exists) item = item.next();
    return item;
  }
  /** The value at a path of keys and indices, as in "readings.0.value". */
  at(path: string): Json {
    let value: Json = this;
    const steps = path.split(".");
    for (let i = 0; i < steps.length && value.exists; i++) {
      value = value.isArray ? value.item(indexOf(steps[i])) : value.get(steps[i]);
    }
    return value;
  }

  /** The first member or item; `exists` is false when there is none. */
  first(): Json {
    if (!this.isArray && !this.isObject) return new Json(0, 0, 0);
    const at = skipSpace(this.pointer + 1, this.limit);
    return this.member(at, this.isObject);
  }
  /** The one after this; only on what `first` and `next` return. */
  next(): Json {
    const end: usize = this.pointer == 0 ? 0 : skipValue(this.pointer, this.limit);
    if (end == 0) return new Json(0, 0, 0);
    return this.member(nextMember(end, this.limit), this.label != 0);
  }
  private member(at: usize, ofObject: bool): Json {
    if (at == 0 || at >= this.limit) return new Json(0, 0, 0);
    const byte = load<u8>(at);
    if (byte == 0x7d || byte == 0x5d) return new Json(0, 0, 0);
    return ofObject ? new Json(memberValue(at, this.limit), this.limit, at) : new Json(at, this.limit, 0);
  }
  /** This member's key; "" for items and for what was looked up by key. */
  get key(): string {
    const key = readString(this.label, this.limit);
    return key === null ? "" : key;
  }

  f64(key: string, fallback: f64 = NaN): f64 {
    return numberAt(this.find(key), this.limit, fallback);
  }
  i64(key: string, fallback: i64 = 0): i64 {
    return integerAt(this.find(key), this.limit, fallback);
  }
  i32(key: string, fallback: i32 = 0): i32 {
    return <i32>integerAt(this.find(key), this.limit, fallback);
  }
  bool(key: string, fallback: bool = false): bool {
    return boolAt(this.find(key), this.limit, fallback);
  }
  string(key: string, fallback: string = ""): string {
    return stringAt(this.find(key), this.limit, fallback);
  }

  asF64(fallback: f64 = NaN): f64 {
    return numberAt(this.pointer, this.limit, fallback);
  }
  asI64(fallback: i64 = 0): i64 {
    return integerAt(this.pointer, this.limit, fallback);
  }
  asI32(fallback: i32 = 0): i32 {
    return <i32>integerAt(this.pointer, this.limit, fallback);
  }
  asBool(fallback: bool = false): bool {
    return boolAt(this.pointer, this.limit, fallback);
  }
  asString(fallback: string = ""): string {
    return stringAt(this.pointer, this.limit, fallback);
  }

  // @ts-ignore: decorator
  @inline
  private find(key: string): usize {
    return this.pointer == 0 ? 0 : findMember(this.pointer, this.limit, key);
  }
}

function numberAt(at: usize, end: usize, fallback: f64): f64 {
  return at == 0 ? fallback : readNumber(at, end, fallback);
}

function integerAt(at: usize, end: usize, fallback: i64): i64 {
  return at == 0 ? fallback : readInteger(at, end, fallback);
}

function boolAt(at: usize, end: usize, fallback: bool): bool {
  if (at + 4 > end || at == 0) return fallback;
  if (load<u32>(at) == 0x65757274) return true; // "true", little endian
  return load<u8>(at) == 0x66 ? false : fallback;
}

function stringAt(at: usize, end: usize, fallback: string): string {
  const text = readString(at, end);
  return text === null ? fallback : text;
}

/** A step of a path as an index; past every end when it is no number. */
function indexOf(step: string): i32 {
  let index = 0;
  for (let i = 0; i < step.length; i++) {
    const digit = step.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9 || index > 100_000_000) return i32.MAX_VALUE;
    index = index * 10 + digit;
  }
  return index;
}
