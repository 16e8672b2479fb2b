import { Buffer, Bytes } from "../buffer";
import { readUtf8 } from "../utf8";
import { writeValue } from "./value";
import { writeString } from "./write";

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
