import { Buffer, Bytes } from "../buffer";
import { utf8Bound, writeUtf8 } from "../utf8";
import { writeFloat } from "./float";
import { ARRAY, BYTES, MAP, NEGATIVE, TEXT, UNSIGNED, writeHead } from "./head";
import { Cbor } from "./reader";

/**
 * Appends CBOR items (RFC 8949) in the shortest form. The one who calls says how many items a map or an array has, and
 * sorts a map's keys where the encoding has to be deterministic.
 *
 *   new CborWriter().map(2).key("t").f64(21.5).key("u").text("C")
 */
@final
export class CborWriter {
  private buffer: Buffer = new Buffer(128);

  clear(): this {
    this.buffer.clear();
    return this;
  }
  i64(value: i64): this {
    if (value < 0) writeHead(this.buffer, NEGATIVE, ~(<u64>value));
    else writeHead(this.buffer, UNSIGNED, <u64>value);
    return this;
  }
  u64(value: u64): this {
    writeHead(this.buffer, UNSIGNED, value);
    return this;
  }
  f64(value: f64): this {
    writeFloat(this.buffer, value);
    return this;
  }
  bool(value: bool): this {
    this.buffer.byte(value ? 0xf5 : 0xf4);
    return this;
  }
  nothing(): this {
    this.buffer.byte(0xf6);
    return this;
  }
  text(text: string): this {
    const buffer = this.buffer;
    const bound = utf8Bound(text);
    // The length comes before the text: write the text behind room for the longest head, then move it up.
    const start = buffer.length;
    const body = buffer.reserve(bound + 9) + 9;
    const length = <i32>(writeUtf8(text, body) - body);
    writeHead(buffer, TEXT, length);
    memory.copy(buffer.end, buffer.pointer + start + 9, length);
    buffer.length += length;
    return this;
  }
  key(name: string): this {
    return this.text(name);
  }
  bytes(bytes: Uint8Array): this {
    writeHead(this.buffer, BYTES, bytes.length);
    this.buffer.append(bytes.dataStart, bytes.length);
    return this;
  }
  array(items: i32): this {
    writeHead(this.buffer, ARRAY, items);
    return this;
  }
  map(pairs: i32): this {
    writeHead(this.buffer, MAP, pairs);
    return this;
  }
  /** An item read elsewhere, as it stands. */
  item(item: Cbor): this {
    this.buffer.append(item.pointer, item.byteLength);
    return this;
  }

  get pointer(): usize {
    return this.buffer.pointer;
  }
  get length(): i32 {
    return this.buffer.length;
  }
  view(): Bytes {
    return this.buffer.view();
  }
}
