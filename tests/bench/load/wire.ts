import { connect, type Socket } from "node:net";

/** MQTT by hand: only what a load generator says, so that the generator is never what is measured. */

export function connectPacket(clientId: string, version: 4 | 5 = 4): Buffer {
  const id = Buffer.from(clientId);
  const properties = version === 5 ? [0] : [];
  const head = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, version, 2, 0, 0, ...properties]);
  const body = Buffer.concat([head, u16(id.length), id]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

/** The properties of an MQTT 5 PUBLISH [MQTT 5 3.3.2.3]: none, or a trace as W3C has it. */
export function publishProperties(traced: boolean): Buffer {
  if (!traced) return Buffer.from([0]);
  const [name, value] = ["traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"].map((text) =>
    Buffer.from(text),
  );
  const property = [Buffer.from([0x26]), u16(name?.length ?? 0), name ?? "", u16(value?.length ?? 0), value ?? ""].map((part) =>
    Buffer.from(part),
  );
  const length = property.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([length]), ...property]);
}

export function subscribePacket(filter: string, qos: number): Buffer {
  const bytes = Buffer.from(filter);
  return Buffer.concat([Buffer.from([0x82, bytes.length + 5]), u16(1), u16(bytes.length), bytes, Buffer.from([qos])]);
}

export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** A connected client: resolves when CONNACK has come. `onPacket` gets each packet as buffer, start, body, end. */
export async function openClient(
  port: number,
  clientId: string,
  onPacket: (buffer: Buffer, start: number, body: number, end: number) => void,
  onChunkEnd: () => void = () => {},
  version: 4 | 5 = 4,
): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await new Promise<void>((resolve, reject) => {
    let rest: Buffer | undefined;
    socket.once("error", reject);
    socket.on("data", (chunk: Buffer) => {
      const buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
      let at = 0;
      for (;;) {
        let cursor = at + 1;
        let length = 0;
        let shift = 0;
        let whole = false;
        while (cursor < buffer.length) {
          const byte = buffer[cursor++] as number;
          length |= (byte & 0x7f) << shift;
          shift += 7;
          if (byte < 0x80) {
            whole = true;
            break;
          }
        }
        if (!whole || cursor + length > buffer.length) break;
        if ((buffer[at] as number) >> 4 === 2) resolve();
        else onPacket(buffer, at, cursor, cursor + length);
        at = cursor + length;
      }
      rest = at < buffer.length ? buffer.subarray(at) : undefined;
      onChunkEnd();
    });
    socket.write(connectPacket(clientId, version));
  });
  return socket;
}

/**
 * The payload everyone is measured with: 256 bytes of JSON whose first fields have a fixed width, so that number and time can be
 * read and written in place.
 *
 *   {"n":1000000000,"t":1795453200000123,"temperature":21.5,"value":7,"unit":"celsius","pad":"…"}
 */
export const PAYLOAD_BYTES = 256;
export const FIRST_NUMBER = 1_000_000_000;
const NUMBER_AT = 5;
const TIME_AT = 20;
const VALUE_AT = 64;

export function makePayload(value: number): Buffer {
  const head = `{"n":${FIRST_NUMBER},"t":${microsNow()},"temperature":21.5,"value":${value},"unit":"celsius","pad":"`;
  return Buffer.from(`${head}${"x".repeat(PAYLOAD_BYTES - head.length - 2)}"}`);
}

export function writeNumber(buffer: Buffer, payloadAt: number, value: number): void {
  writeDigits(buffer, payloadAt + NUMBER_AT + 9, FIRST_NUMBER + value, 10);
}

export function writeTime(buffer: Buffer, payloadAt: number, micros: number): void {
  writeDigits(buffer, payloadAt + TIME_AT + 15, micros, 16);
}

/** One digit. */
export function writeValue(buffer: Buffer, payloadAt: number, value: number): void {
  buffer[payloadAt + VALUE_AT] = 48 + value;
}

export function readNumber(buffer: Buffer, payloadAt: number): number {
  return readDigits(buffer, payloadAt + NUMBER_AT, 10) - FIRST_NUMBER;
}

export function readTime(buffer: Buffer, payloadAt: number): number {
  return readDigits(buffer, payloadAt + TIME_AT, 16);
}

/** Microseconds since the epoch: one clock for every process of the machine. */
export function microsNow(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** `value` with `digits` digits, the last of them at `lastAt`. */
export function writeDigits(buffer: Buffer, lastAt: number, value: number, digits: number): void {
  let left = value;
  for (let i = 0; i < digits; i++) {
    const next = Math.floor(left / 10);
    buffer[lastAt - i] = 48 + (left - next * 10);
    left = next;
  }
}

function readDigits(buffer: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) value = value * 10 + ((buffer[at + i] as number) - 48);
  return value;
}
