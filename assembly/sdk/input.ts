import { read } from "./host";
import { Buffer } from "./buffer";

export const SLOT_NAME = 0;
export const SLOT_PAYLOAD = 1;
export const SLOT_META = 2;

/** The input being handled. Its bytes stay with the host until something asks for them. */
@final
class Input {
  time: i64 = 0;
  seed: u64 = 0;
  nameLength: i32 = 0;
  payloadLength: i32 = 0;
  metaLength: i32 = 0;
  /** Why the handler cannot take this input; null when it can. */
  rejection: string | null = null;
  private name: Buffer = new Buffer(128);
  private payload: Buffer = new Buffer(1024);
  private meta: Buffer = new Buffer(128);

  begin(time: i64, seed: i64, name: i32, payload: i32, meta: i32): void {
    this.time = time;
    this.seed = <u64>seed;
    this.nameLength = name;
    this.payloadLength = payload;
    this.metaLength = meta;
    this.name.length = -1;
    this.payload.length = -1;
    this.meta.length = -1;
  }

  end(): void {
    this.payload.trim();
  }

  /** Start of the name (a topic, a timer's name or a state key) in memory. */
  namePointer(): usize {
    const name = this.name;
    if (name.length < 0) fetch(SLOT_NAME, name, this.nameLength);
    return name.pointer;
  }

  /** Start of the payload in memory. */
  payloadPointer(): usize {
    const payload = this.payload;
    if (payload.length < 0) fetch(SLOT_PAYLOAD, payload, this.payloadLength);
    return payload.pointer;
  }

  /** Start of the properties (CBOR) in memory. */
  metaPointer(): usize {
    const meta = this.meta;
    if (meta.length < 0) fetch(SLOT_META, meta, this.metaLength);
    return meta.pointer;
  }
}

function fetch(slot: i32, into: Buffer, length: i32): void {
  into.length = 0;
  const to = into.reserve(length);
  if (length > 0) read(slot, 0, to, length);
  into.length = length;
}

export const input = new Input();
