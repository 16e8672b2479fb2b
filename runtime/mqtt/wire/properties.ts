import {
  isTrace,
  type Message,
  parseTopic,
  parseTrace,
  renewParentId,
  StepppsError,
  TRACE_BYTES,
  TRACE_PROPERTY,
  utf8,
} from "../../contract/index.ts";

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
const RESPONSE_TOPIC = 8;
const CORRELATION = 9;
const USER_PROPERTY = 38;

/** What of a PUBLISH's properties matters here: the members of `Message` that only MQTT 5 carries. */
export type Properties = Pick<Message, "id" | "trace" | "via" | "responseTopic" | "correlation">;

/** User properties by their name, the members that they are, and the most bytes that are sent or read of each. */
const USER_PROPERTIES = { id: ["id", 100], [TRACE_PROPERTY]: ["trace", 128], via: ["via", 1024] } as const;
type UserProperty = keyof typeof USER_PROPERTIES;
const USER_NAMES = Object.keys(USER_PROPERTIES) as UserProperty[];

/** The properties at `at`, and where they end; throws E_MQTT_PACKET. */
export function readProperties(buffer: Buffer, at: number, limit: number): { found: Properties | undefined; end: number } {
  const trace = readTraceAlone(buffer, at, limit);
  if (trace !== undefined) return { found: { trace }, end: at + 1 + TRACE_PROPERTY_BYTES };
  const length = readVarInt(buffer, at, limit);
  const end = length.end + length.value;
  if (end > limit) throw cut();
  let found: { -readonly [K in keyof Properties]: Properties[K] } | undefined;
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
        const member = kind === USER_PROPERTY ? userProperty(first, second) : undefined;
        if (member) found = { ...found, ...member };
      } else if (kind === RESPONSE_TOPIC) found = { ...found, ...responseTopic(first.text()) };
      else if (kind === CORRELATION) found = { ...found, correlation: first.bytes() };
    }
  }
  if (cursor !== end) throw cut();
  return { found, end };
}

/** Properties with their length, as section 2.2.2 has them. Throws E_MQTT_PACKET where one is longer than may be. */
export function writeProperties(message: Properties): Uint8Array {
  const { id, trace, via, responseTopic, correlation } = message;
  if (via === undefined && responseTopic === undefined && correlation === undefined) {
    // Outputs of plugins are like this, all of them
    if (trace === undefined) return id === undefined ? NONE : idAlone(id);
    if (trace.length === TRACE_BYTES) return traced(id, trace);
  }
  const parts: Uint8Array[] = [];
  if (responseTopic !== undefined) parts.push(Uint8Array.of(RESPONSE_TOPIC), bytesOf(utf8(responseTopic)));
  if (correlation !== undefined) parts.push(Uint8Array.of(CORRELATION), bytesOf(correlation));
  for (const name of USER_NAMES) {
    const [member, most] = USER_PROPERTIES[name];
    const text = message[member];
    if (text === undefined) continue;
    const value = utf8(text);
    if (value.length > most) throw tooLong(name, value);
    if (member === "trace" && value.length === TRACE_BYTES) renewParentId(value, 0);
    parts.push(Uint8Array.of(USER_PROPERTY), bytesOf(utf8(name)), bytesOf(value));
  }
  if (parts.length === 0) return NONE;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([varInt(length), ...parts]);
}

const NONE = Uint8Array.of(0);

function idAlone(id: string): Uint8Array {
  const length = Buffer.byteLength(id);
  const bytes = Buffer.allocUnsafe(8 + length);
  bytes[0] = 7 + length;
  writeId(bytes, 1, id, length);
  return bytes;
}

/** 38 · u16 2 · "id" · u16 length · the id; where it ends. */
function writeId(bytes: Buffer, at: number, id: string, length: number): number {
  if (length > USER_PROPERTIES.id[1]) throw new StepppsError("E_MQTT_PACKET", `a user property id of ${length} bytes`);
  bytes[at] = USER_PROPERTY;
  bytes.writeUInt32BE(0x0002_6964, at + 1);
  bytes[at + 5] = 0;
  bytes[at + 6] = length;
  return at + 7 + bytes.write(id, at + 7);
}

const TRACE_HEAD = Buffer.concat([Uint8Array.of(USER_PROPERTY), bytesOf(utf8(TRACE_PROPERTY)), Uint8Array.of(0, TRACE_BYTES)]);
const TRACE_PROPERTY_BYTES = TRACE_HEAD.length + TRACE_BYTES;

/** In one piece: with a trace on every message this is done for each of them. */
function traced(id: string | undefined, trace: string): Uint8Array {
  const idLength = id === undefined ? 0 : Buffer.byteLength(id);
  const length = TRACE_PROPERTY_BYTES + (id === undefined ? 0 : 7 + idLength);
  const from = length > 0x7f ? 2 : 1;
  const bytes = Buffer.allocUnsafe(from + length);
  bytes[0] = length > 0x7f ? (length & 0x7f) | 0x80 : length;
  if (length > 0x7f) bytes[1] = length >> 7;
  const at = id === undefined ? from : writeId(bytes, from, id, idLength);
  TRACE_HEAD.copy(bytes, at);
  bytes.write(trace, at + TRACE_HEAD.length, "latin1");
  renewParentId(bytes, at + TRACE_HEAD.length);
  return bytes;
}

/** The trace where there is one and nothing else, which is how every message of a trace comes. */
function readTraceAlone(buffer: Buffer, at: number, limit: number): string | undefined {
  const from = at + 1 + TRACE_HEAD.length;
  const end = from + TRACE_BYTES;
  if (buffer[at] !== TRACE_PROPERTY_BYTES || end > limit) return undefined;
  for (let i = 0; i < TRACE_HEAD.length; i++) if (buffer[at + 1 + i] !== TRACE_HEAD[i]) return undefined;
  return isTrace(buffer, from) ? buffer.toString("latin1", from, end) : undefined;
}

function tooLong(name: string, { length }: Uint8Array): StepppsError {
  return new StepppsError("E_MQTT_PACKET", `a user property ${name} of ${length} bytes`);
}

function userProperty(name: Text, value: Text): Properties | undefined {
  const known = USER_NAMES.find((one) => name.equals(one));
  if (!known) return undefined;
  const [member, most] = USER_PROPERTIES[known];
  if (member === "id") return { id: value.text() };
  if (value.length > most) return undefined;
  if (member === "via") return { via: value.text() };
  // A wrong one is as good as none [W3C Trace Context, section 3.2.2.3]
  const trace = parseTrace(value.text());
  return trace === undefined ? undefined : { trace };
}

/** [MQTT-3.3.2-14] It has no wildcards; one that has is as good as none. */
function responseTopic(topic: string): Properties | undefined {
  try {
    return { responseTopic: parseTopic(topic) };
  } catch {
    return undefined;
  }
}

function bytesOf(value: Uint8Array): Uint8Array {
  if (value.length > 65_535) throw new StepppsError("E_MQTT_PACKET", `a property of ${value.length} bytes`);
  return Buffer.concat([Uint8Array.of(value.length >> 8, value.length & 0xff), value]);
}

function varInt(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; bytes.length === 0 || left > 0; left >>>= 7) bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  return Uint8Array.from(bytes);
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

/** A string or bytes that the length before them says the end of. */
interface Text {
  readonly length: number;
  readonly end: number;
  text(): string;
  /** A copy. */
  bytes(): Uint8Array;
  equals(other: string): boolean;
}

function readString(buffer: Buffer, at: number, limit: number): Text {
  const from = at + 2;
  const length = from <= limit ? buffer.readUInt16BE(at) : 0;
  const end = from + length;
  if (end > limit) throw cut();
  const text = () => buffer.toString("utf8", from, end);
  return {
    length,
    end,
    text,
    bytes: () => new Uint8Array(buffer.subarray(from, end)),
    equals: (other) => length === other.length && text() === other,
  };
}

function cut(): StepppsError {
  return new StepppsError("E_MQTT_PACKET", "a PUBLISH whose properties are cut short");
}
