import { readUtf8 } from "../utf8";
import { halfToF64 } from "./float";
import { ARRAY, BYTES, MAP, NEGATIVE, TEXT, UNSIGNED, headArgument, headSize } from "./head";
import { skipItem, skipTags } from "./scan";

/**
 * A value inside CBOR bytes (RFC 8949): a place, not a tree, used as `Json` is. Tags are passed over. What is missing,
 * malformed or of another kind gives the fallback.
 */
@final
export class Cbor {
  /** Where the value begins, behind its tags; 0 when there is none. */
  readonly pointer: usize;
  private limit: usize;
  /** Items that follow in the same container; -1 when only the break ends it. */
  private left: i64 = 0;
  /** Where this member's key begins; 0 for items. */
  private label: usize = 0;

  constructor(from: usize, end: usize) {
    let at: usize = from == 0 || from >= end ? 0 : skipTags(from, end);
    if (at != 0) {
      const size = headSize(load<u8>(at));
      if (size == 0 || <usize>size > end - at) at = 0;
    }
    this.pointer = at;
    this.limit = end;
  }

  /** Major type; 8 when there is no value. */
  private get major(): u32 {
    return this.pointer == 0 ? 8 : <u32>load<u8>(this.pointer) >> 5;
  }
  private get lead(): u32 {
    return this.pointer == 0 ? 0xff : load<u8>(this.pointer);
  }
  get exists(): bool {
    return this.pointer != 0;
  }
  get isMap(): bool {
    return this.major == MAP;
  }
  get isArray(): bool {
    return this.major == ARRAY;
  }
  get isText(): bool {
    return this.major == TEXT;
  }
  get isBytes(): bool {
    return this.major == BYTES;
  }
  get isBool(): bool {
    return this.lead == 0xf4 || this.lead == 0xf5;
  }
  get isNull(): bool {
    return this.lead == 0xf6 || this.lead == 0xf7;
  }
  get isInteger(): bool {
    return (this.major == UNSIGNED || this.major == NEGATIVE) && (this.lead & 31) != 31;
  }
  get isNumber(): bool {
    return this.isInteger || (this.lead >= 0xf9 && this.lead <= 0xfb);
  }
  /** Whether the bytes from here to the end are exactly one well-formed item. */
  get valid(): bool {
    return this.pointer != 0 && skipItem(this.pointer, this.limit) == this.limit;
  }
  /** Bytes of this value; 0 when there is none. */
  get byteLength(): i32 {
    const end: usize = this.pointer == 0 ? 0 : skipItem(this.pointer, this.limit);
    return end == 0 ? 0 : <i32>(end - this.pointer);
  }
  /** Pairs of the map or items of the array. */
  get length(): i32 {
    let count = 0;
    for (let item = this.first(); item.exists; item = item.next()) count++;
    return count;
  }

  first(): Cbor {
    const major = this.major;
    if (major != ARRAY && major != MAP) return new Cbor(0, 0);
    const indefinite = (this.lead & 31) == 31;
    const count = indefinite ? -1 : <i64>headArgument(this.pointer);
    return this.member(this.pointer + headSize(this.lead), count, major == MAP);
  }
  next(): Cbor {
    const end: usize = this.pointer == 0 ? 0 : skipItem(this.pointer, this.limit);
    return end == 0 ? new Cbor(0, 0) : this.member(end, this.left, this.label != 0);
  }
  private member(at: usize, left: i64, ofMap: bool): Cbor {
    if (left == 0 || at >= this.limit || (left < 0 && load<u8>(at) == 0xff)) return new Cbor(0, 0);
    const value = ofMap ? skipItem(at, this.limit) : at;
    const member = new Cbor(value, this.limit);
    member.left = left < 0 ? left : left - 1;
    member.label = ofMap ? at : 0;
    return member;
  }
  /** This member's key as text; a number's digits when the key is a number, as in SenML. */
  get key(): string {
    if (this.label == 0) return "";
    const key = new Cbor(this.label, this.limit);
    return key.isInteger ? key.asI64().toString() : key.asString();
  }

  has(key: string): bool {
    return this.get(key).exists;
  }
  /** Member with the text key `key`. */
  get(key: string): Cbor {
    for (let member = this.isMap ? this.first() : new Cbor(0, 0); member.exists; member = member.next()) {
      const label = new Cbor(member.label, this.limit);
      if (label.isText && label.asString() == key) return member.alone();
    }
    return new Cbor(0, 0);
  }
  /** Member with the integer key `key`, as SenML and COSE use them. */
  number(key: i64): Cbor {
    for (let member = this.isMap ? this.first() : new Cbor(0, 0); member.exists; member = member.next()) {
      const label = new Cbor(member.label, this.limit);
      if (label.isInteger && label.asI64() == key) return member.alone();
    }
    return new Cbor(0, 0);
  }
  private alone(): Cbor {
    return new Cbor(this.pointer, this.limit);
  }
  item(index: i32): Cbor {
    let item = this.isArray ? this.first() : new Cbor(0, 0);
    while (index-- > 0 && item.exists) item = item.next();
    return item;
  }

  f64(key: string, fallback: f64 = NaN): f64 {
    return this.get(key).asF64(fallback);
  }
  i64(key: string, fallback: i64 = 0): i64 {
    return this.get(key).asI64(fallback);
  }
  i32(key: string, fallback: i32 = 0): i32 {
    return <i32>this.get(key).asI64(fallback);
  }
  bool(key: string, fallback: bool = false): bool {
    return this.get(key).asBool(fallback);
  }
  string(key: string, fallback: string = ""): string {
    return this.get(key).asString(fallback);
  }

  asF64(fallback: f64 = NaN): f64 {
    if (this.isInteger) {
      const argument = <f64>headArgument(this.pointer);
      return this.major == NEGATIVE ? -1.0 - argument : argument;
    }
    if (this.lead == 0xf9) return halfToF64(<u32>headArgument(this.pointer));
    if (this.lead == 0xfa) return <f64>reinterpret<f32>(<u32>headArgument(this.pointer));
    if (this.lead == 0xfb) return reinterpret<f64>(headArgument(this.pointer));
    return fallback;
  }
  /** Integers within 64 signed bits, and floats without a fraction. */
  asI64(fallback: i64 = 0): i64 {
    if (this.isInteger) {
      const argument = headArgument(this.pointer);
      if (<i64>argument < 0) return fallback;
      return this.major == NEGATIVE ? ~(<i64>argument) : <i64>argument;
    }
    const real = this.asF64(NaN);
    if (real != Math.trunc(real) || Math.abs(real) >= 9223372036854775808.0) return fallback;
    return <i64>real;
  }
  asU64(fallback: u64 = 0): u64 {
    if (this.major == UNSIGNED && this.isInteger) return headArgument(this.pointer);
    const value = this.asI64(-1);
    return value < 0 ? fallback : <u64>value;
  }
  asBool(fallback: bool = false): bool {
    return this.isBool ? this.lead == 0xf5 : fallback;
  }
  asString(fallback: string = ""): string {
    if (!this.isText) return fallback;
    const from = this.content();
    if (from == 0) return this.pieces(fallback);
    return readUtf8(from, from + <usize>headArgument(this.pointer));
  }
  asBytes(): Uint8Array {
    const from = this.isBytes ? this.content() : 0;
    const bytes = new Uint8Array(from == 0 ? 0 : <i32>headArgument(this.pointer));
    if (from != 0) memory.copy(bytes.dataStart, from, bytes.length);
    return bytes;
  }
  /** Start of a string's content; 0 when it is cut short or comes in pieces. */
  private content(): usize {
    if ((this.lead & 31) == 31 || skipItem(this.pointer, this.limit) == 0) return 0;
    return this.pointer + headSize(this.lead);
  }
  private pieces(fallback: string): string {
    if ((this.lead & 31) != 31 || skipItem(this.pointer, this.limit) == 0) return fallback;
    let text = "";
    for (let at = this.pointer + 1; load<u8>(at) != 0xff; at = skipItem(at, this.limit)) {
      text += new Cbor(at, this.limit).asString();
    }
    return text;
  }
}
