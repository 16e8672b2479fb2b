import fc from "fast-check";
import { expect, test } from "vitest";
import { Framer } from "../../../../runtime/mqtt/wire/framer.ts";

function frame(type: number, body: Uint8Array): Buffer {
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([type << 4, ...length]), body]);
}

function read(framer: Framer, chunks: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) frames.push(Buffer.from(framer.buffer.subarray(framer.start, framer.end)));
  }
  return frames;
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const points = [0, ...at.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return points
    .slice(1)
    .map((end, i) => bytes.subarray(points[i], end))
    .filter((chunk) => chunk.length > 0);
}

test("however the network cuts the bytes, the packets come out whole and in order", () => {
  const packet = fc.record({ type: fc.integer({ min: 1, max: 15 }), body: fc.uint8Array({ maxLength: 300 }) });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 30 }), (packets, cuts) => {
      const frames = packets.map(({ type, body }) => frame(type, body));
      expect(read(new Framer(() => 1000), cut(Buffer.concat(frames), cuts))).toEqual(frames);
    }),
  );
});

test("random bytes give packets within the limit or an error, never anything else", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 10 }), (chunks) => {
      try {
        for (const packet of read(
          new Framer(() => 100),
          chunks.map((chunk) => Buffer.from(chunk)),
        )) {
          expect(packet.length).toBeLessThanOrEqual(105);
        }
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^E_MQTT_PACKET/) });
      }
    }),
  );
});

test("a packet that is too large is refused by its header, before any of it is kept", () => {
  const framer = new Framer((type) => (type === 3 ? 1000 : 10));
  framer.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
  expect(() => framer.next()).toThrow(expect.objectContaining({ code: "E_MQTT_PACKET_SIZE" }));
});

test("a remaining length of five bytes is refused", () => {
  const framer = new Framer(() => 1000);
  framer.push(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]));
  expect(() => framer.next()).toThrow(expect.objectContaining({ code: "E_MQTT_PACKET" }));
});
