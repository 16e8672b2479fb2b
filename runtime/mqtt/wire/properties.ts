import { StepppsError, utf8 } from "../../contract/index.ts";

/** Bytes of each property's value, MQTT 5 section 2.2.2.2; "var" for a variable byte integer, "bytes" and "pair" for lengths of u16. */
const VALUE: Readonly<Record<number, number | "var" | "bytes" | "pair">> = {
  1: 1, // payload format
  2: 4, // message expiry
  3: "bytes", // content type
  8: "bytes", // response topic
  9: "bytes", // correlation data
  11: "var", // subscription identifier
  35: 2, // topic alias
  38: "pair", // user property
};
const USER_PROPERTY = 38;
const ID_KEY = "id";

/** The user property `id` in the properties at `at`, and where the properties end; throws E_MQTT_PACKET. */
export function readProperties(buffer: Buffer, at: number, limit: number): { id: string | undefined; end: number } {
  const length = readVarInt(buffer, at, limit);
  const end = length.end + length.value;
  if (end > limit) throw cut();
  let id: string | undefined;
  let cursor = length.end;
  while (cursor < end) {
    const kind = buffer[cursor++] as number;
    const value = VALUE[kind];
    if (value === undefined) throw new StepppsError("E_MQTT_PACKET", `a PUBLISH with property ${kind}`);
    if (typeof value === "number") cursor += value;
    else if (value === "var") cursor = readVarInt(buffer, cursor, end).end;
    else {
      const first = readString(buffer, cursor, end);
      cursor = first.end;
      if (value === "pair") {
        const second = readString(buffer, cursor, end);
        cursor = second.end;
        if (kind === USER_PROPERTY && first.equals(ID_KEY)) id = second.text();
      }
    }
  }
  if (cursor !== end) throw cut();
  return { id, end };
}

/** Properties, with their length, that carry `id`; of none where it is undefined. */
export function writeProperties(id: string | undefined): Uint8Array {
  if (id === undefined) return Uint8Array.of(0);
  const value = utf8(id);
  if (value.length > 100) throw new StepppsError("E_MQTT_PACKET", `a message id of ${value.length} bytes; at most 100`);
  return Uint8Array.of(7 + value.length, USER_PROPERTY, 0, 2, 105, 100, 0, value.length, ...value);
}

function readVarInt(buffer: Buffer, at: number, limit: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    if (at + i >= limit) throw cut();
    const byte = buffer[at + i] as number;
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw cut();
}

function readString(buffer: Buffer, at: number, limit: number) {
  const end = at + 2 + (at + 2 <= limit ? buffer.readUInt16BE(at) : 0);
  if (at + 2 > limit || end > limit) throw cut();
  const text = () => buffer.toString("utf8", at + 2, end);
  return { end, text, equals: (other: string) => end - at - 2 === other.length && text() === other };
}

function cut(): StepppsError {
  return new StepppsError("E_MQTT_PACKET", "a PUBLISH whose properties are cut short");
}
