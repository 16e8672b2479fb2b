import fc from "fast-check";
import mqtt, { type IPublishPacket } from "mqtt-packet";
import { expect, test } from "vitest";
import { StepppsError } from "../../../../runtime/contract/index.ts";
import { Framer } from "../../../../runtime/mqtt/wire/framer.ts";
import { decodePublish } from "../../../../runtime/mqtt/wire/publish.ts";
import { TopicNames } from "../../../../runtime/mqtt/wire/topic-names.ts";

const topic = fc
  .array(fc.string({ unit: "grapheme", maxLength: 8 }), { minLength: 1, maxLength: 6 })
  .map((levels) => levels.join("/"))
  .filter((name) => name.length > 0 && !/[+#\0\uFFFD]/.test(name) && name.isWellFormed());
const packet = fc.record({
  topic,
  payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom(0, 1, 2),
  retain: fc.boolean(),
  dup: fc.boolean(),
  messageId: fc.integer({ min: 1, max: 65_535 }),
});

function decode(bytes: Buffer, version: 4 | 5, names = new TopicNames()) {
  const framer = new Framer(() => 1 << 20);
  framer.push(bytes);
  expect(framer.next()).toBe(true);
  return decodePublish(framer, names, version);
}

test("reads what mqtt-packet writes, with remembered topics or not", () => {
  const names = new TopicNames();
  fc.assert(
    fc.property(
      packet,
      fc.constantFrom(4, 5),
      fc.option(fc.string({ unit: "grapheme", maxLength: 20 })),
      (given, version, id) => {
        fc.pre(id === null || (id.isWellFormed() && !id.includes("\0")));
        const properties =
          version === 5 && id !== null
            ? {
                properties: {
                  userProperties: { x: "y", id },
                  contentType: "text/plain",
                  messageExpiryInterval: 5,
                  subscriptionIdentifier: 300,
                },
              }
            : {};
        const bytes = mqtt.generate({ cmd: "publish", ...given, ...properties } as IPublishPacket, { protocolVersion: version });
        const { payload, ...head } = decode(bytes, version as 4 | 5, names);
        expect(head).toEqual({
          topic: given.topic,
          qos: given.qos,
          retain: given.retain,
          duplicate: given.dup,
          messageId: given.qos > 0 ? given.messageId : 0,
          ...(version === 5 && id !== null && { id }),
        });
        expect(Buffer.from(payload).equals(given.payload)).toBe(true);
      },
    ),
  );
});

test("any bytes in place of a PUBLISH are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(15), fc.constantFrom(4, 5), (body, flags, version) => {
      try {
        decode(Buffer.concat([Buffer.from([0x30 | flags, body.length]), body]), version as 4 | 5);
      } catch (error) {
        expect(error).toBeInstanceOf(StepppsError);
        expect(error).toMatchObject({ code: "E_MQTT_PACKET" });
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["without a topic", [0x30, 2, 0, 0]],
  ["with a wildcard", [0x30, 3, 0, 1, 0x2b]],
  ["with NUL", [0x30, 3, 0, 1, 0]],
  ["that is not UTF-8", [0x30, 4, 0, 2, 0xc3, 0x28]],
  ["of QoS 3", [0x36, 5, 0, 1, 0x61, 0, 1]],
  ["with packet identifier 0", [0x32, 5, 0, 1, 0x61, 0, 0]],
  ["of more than 100 levels", [0x30, 103, 0, 101, ...new Array(101).fill(0x2f)]],
])("a PUBLISH %s is refused", (_what, bytes) => {
  expect(() => decode(Buffer.from(bytes), 4)).toThrow(expect.objectContaining({ code: "E_MQTT_PACKET" }));
});
