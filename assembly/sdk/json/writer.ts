import { Buffer, Bytes } from "../buffer";
import { readUtf8 } from "../utf8";
import { Json } from "./reader";
import { writeInteger, writeNumber, writeString, writeUnsigned } from "./write";

/**
 * Builds one JSON object or array, in order, in one buffer. `end` closes what is open last; publishing closes the rest.
 *
 *   publish("alerts/hall", new JsonWriter().set("level", "high").set("value", 21.5));
 *   new JsonWriter().array("readings").push(1).push(2).end().set("unit", "C")
 */
@final
export class JsonWriter {
  private buffer: Buffer = new Buffer(256);
  /** The closing bracket of each open level, the outermost first. */
  private open: u8[] = [];
  private first: bool = true;

  /** An object; `new JsonWriter(true)` an array. */
  constructor(array: bool = false) {
    this.begin(array);
  }

  private begin(array: bool): void {
    this.buffer.byte(array ? 0x5b : 0x7b);
    this.open.push(array ? 0x5d : 0x7d);
    this.first = true;
  }

  private separate(): void {
    if (!this.first) this.buffer.byte(0x2c);
    this.first = false;
  }

  private label(key: string): void {
    assert(this.open.length > 0 && this.open[this.open.length - 1] == 0x7d, "set() and a name belong into an object");
    this.separate();
    writeString(this.buffer, key);
    this.buffer.byte(0x3a);
  }

  private place(): void {
    assert(this.open.length > 0 && this.open[this.open.length - 1] == 0x5d, "push() belongs into an array");
    this.separate();
  }

  set<T>(key: string, value: T): this {
    this.label(key);
    writeValue<T>(this.buffer, value);
    return this;
  }
  setNull(key: string): this {
    this.label(key);
    this.buffer.text("null");
    return this;
  }
  push<T>(value: T): this {
    this.place();
    writeValue<T>(this.buffer, value);
    return this;
  }

  /** Opens an object: named inside an object, unnamed inside an array. Close it with `end`. */
  object(key: string = ""): this {
    return this.nest(key, false);
  }
  /** Opens an array: named inside an object, unnamed inside an array. Close it with `end`. */
  array(key: string = ""): this {
    return this.nest(key, true);
  }
  private nest(key: string, array: bool): this {
    if (this.open.length > 0 && this.open[this.open.length - 1] == 0x5d) this.place();
    else this.label(key);
    this.begin(array);
    return this;
  }
  end(): this {
    this.buffer.byte(this.open.pop());
    this.first = false;
    return this;
  }

  private close(): void {
    while (this.open.length > 0) this.end();
  }
  get pointer(): usize {
    this.close();
    return this.buffer.pointer;
  }
  get length(): i32 {
    this.close();
    return this.buffer.length;
  }
  bytes(): Bytes {
    return new Bytes(this.pointer, this.length);
  }
  toString(): string {
    const from = this.pointer;
    return readUtf8(from, from + this.length);
  }
}

/** Appends any value that JSON has: a number, bool, string, `Json` (copied as it stands), finished `JsonWriter` or array of those. */
export function writeValue<T>(to: Buffer, value: T): void {
  if (isBoolean<T>()) {
    const out = to.reserve(5);
    store<u32>(out, value ? 0x65757274 : 0x736c6166); // "true", "fals"
    if (!value) store<u8>(out, 0x65, 4);
    to.length += value ? 4 : 5;
  } else if (isInteger<T>()) {
    if (isSigned<T>()) writeInteger(to, <i64>value);
    else writeUnsigned(to, <u64>value);
  } else if (isFloat<T>()) {
    writeNumber(to, <f64>value);
  } else if (isString<T>()) {
    writeString(to, changetype<string>(value));
  } else if (isArray<T>()) {
    to.byte(0x5b);
    for (let i = 0; i < value.length; i++) {
      if (i > 0) to.byte(0x2c);
      writeValue(to, value[i]);
    }
    to.byte(0x5d);
  } else if (value instanceof Json) {
    if (value.byteLength > 0) to.append(value.pointer, value.byteLength);
    else to.text("null");
  } else if (value instanceof JsonWriter) {
    to.append(value.pointer, value.length);
  } else {
    ERROR("JSON takes a number, bool, string, Json, JsonWriter or an array of those");
  }
}
