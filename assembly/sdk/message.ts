import { Buffer, Bytes } from "./buffer";
import { Cbor } from "./cbor/reader";
import { input } from "./input";
import { jsonSet } from "./json/patch";
import { Json } from "./json/reader";
import { SenML } from "./senml";
import { readUtf8 } from "./utf8";

/** The message, or the due timer, being handled. It and all that is read from it are valid until the handler returns. */
@final
export class Message {
  private name: string | null = null;
  private edited: Buffer = new Buffer(1024);

  /** The runtime calls this between inputs. */
  forget(): void {
    this.name = null;
    this.edited.trim();
  }

  /** The topic; in a timer's handler the timer's name. */
  get topic(): string {
    const known = this.name;
    if (known !== null) return known;
    const from = input.namePointer();
    const topic = readUtf8(from, from + input.nameLength);
    this.name = topic;
    return topic;
  }

  /** Level `index` of the topic, counted from 0; "" when there is none. Of "hall/lamp/set", level 1 is "lamp". */
  level(index: i32): string {
    let from = input.namePointer();
    const end = from + input.nameLength;
    while (true) {
      let stop = from;
      while (stop < end && load<u8>(stop) != 0x2f) stop++;
      if (index == 0) return readUtf8(from, stop);
      if (stop == end) return "";
      from = stop + 1;
      index--;
    }
  }

  /** Size of the payload in bytes; asking does not fetch it. */
  get length(): i32 {
    return input.payloadLength;
  }

  /** The payload's bytes: a copy that may be kept. */
  get payload(): Uint8Array {
    return this.bytes().copy();
  }

  /** The payload's bytes as they lie in memory. */
  bytes(): Bytes {
    return new Bytes(input.payloadPointer(), input.payloadLength);
  }

  text(): string {
    const from = input.payloadPointer();
    return readUtf8(from, from + input.payloadLength);
  }

  /** The payload read as JSON; fields are looked up when asked for. */
  json(): Json {
    const from = input.payloadPointer();
    return Json.of(from, from + input.payloadLength);
  }

  /** The payload read as CBOR; fields are looked up when asked for. */
  cbor(): Cbor {
    const from = input.payloadPointer();
    return new Cbor(from, from + input.payloadLength);
  }

  /** The payload read as a SenML pack, JSON or CBOR. */
  senml(): SenML {
    const from = input.payloadPointer();
    return new SenML(from, from + input.payloadLength);
  }

  /**
   * The JSON payload with the top-level field `key` set to `value` (number, bool, string, JsonWriter or Json), and the
   * rest as it is, byte for byte. Calling it again reuses the bytes. A payload that is no JSON object is rejected.
   */
  jsonSet<T>(key: string, value: T): Bytes {
    const from = input.payloadPointer();
    const edited = this.edited;
    if (!jsonSet<T>(from, from + input.payloadLength, key, value, edited)) input.rejection = "the payload is not a JSON object";
    return edited.view();
  }
}
