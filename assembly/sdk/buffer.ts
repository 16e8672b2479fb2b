import { utf8Bound, writeUtf8 } from "./utf8";

/** Room that a buffer keeps from one message to the next. */
const KEEP = 65_536;

/** Bytes in the guest's memory that belong to someone else: valid until the handler returns. */
@final
export class Bytes {
  constructor(
    public pointer: usize,
    public length: i32,
  ) {}

  /** A copy that may be kept. */
  copy(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    memory.copy(bytes.dataStart, this.pointer, this.length);
    return bytes;
  }
}

/** Bytes that grow at the end. The collector does not move objects, so pointers hold until the buffer grows. */
@final
export class Buffer {
  private bytes: ArrayBuffer;
  length: i32 = 0;

  constructor(capacity: i32 = 64) {
    this.bytes = new ArrayBuffer(capacity);
  }

  // @ts-ignore: decorator
  @inline
  get pointer(): usize {
    return changetype<usize>(this.bytes);
  }

  // @ts-ignore: decorator
  @inline
  get end(): usize {
    return changetype<usize>(this.bytes) + this.length;
  }

  // @ts-ignore: decorator
  @inline
  set end(position: usize) {
    this.length = <i32>(position - changetype<usize>(this.bytes));
  }

  clear(): void {
    this.length = 0;
  }

  /** Empties the buffer and gives back what one big message took. */
  trim(): void {
    this.length = 0;
    if (this.bytes.byteLength > KEEP) this.bytes = new ArrayBuffer(1024);
  }

  /** Makes room for `extra` bytes at the end; where they go. */
  reserve(extra: i32): usize {
    const need = this.length + extra;
    if (need > this.bytes.byteLength) this.grow(need);
    return changetype<usize>(this.bytes) + this.length;
  }

  private grow(need: i32): void {
    const capacity = max(need, this.bytes.byteLength << 1);
    this.bytes = changetype<ArrayBuffer>(__renew(changetype<usize>(this.bytes), capacity));
  }

  byte(value: i32): void {
    store<u8>(this.reserve(1), value);
    this.length++;
  }

  append(from: usize, length: i32): void {
    memory.copy(this.reserve(length), from, length);
    this.length += length;
  }

  text(text: string): void {
    this.end = writeUtf8(text, this.reserve(utf8Bound(text)));
  }

  view(): Bytes {
    return new Bytes(this.pointer, this.length);
  }
}
