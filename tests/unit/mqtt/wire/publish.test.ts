import fc from "fast-check";
import mqtt, { type IPublishPacket } from "mqtt-packet";
import { expect, test } from "vitest";
import { StepppsError } from "../../../../runtime/contract/index.ts";
import { Framer } from "../../../../runtime/mqtt/wire/framer.ts";
import { readProperties, writeProperties } from "../../../../runtime/mqtt/wire/properties.ts";
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
          ...(version === 5 && id !== null && { properties: { id } }),
        });
        expect(Buffer.from(payload).equals(given.payload)).toBe(true);
      },
    ),
  );
});

const trace = fc
  .tuple(fc.uint8Array({ minLength: 24, maxLength: 24 }), fc.boolean())
  .map(([ids, sampled]) => [Buffer.from(ids).toString("hex"), sampled ? "01" : "00"] as const)
  .filter(([hex]) => !/^0{32}|0{16}$/.test(hex))
  .map(([hex, flags]) => `00-${hex.slice(0, 32)}-${hex.slice(32)}-${flags}`);
const word = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => text.isWellFormed() && !text.includes("\0"));

test("writes properties that mqtt-packet reads, and that it reads itself", () => {
  const given = fc.record(
    { id: word, trace, via: word, responseTopic: topic, correlation: fc.uint8Array({ maxLength: 300 }) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(given, (properties) => {
      const written = Buffer.from(writeProperties(properties));
      const own = readProperties(written, 0, written.length);
      // Each packet has a parent id of its own, whose second half alone differs
      const trace = own.found?.trace;
      expect(trace?.slice(0, 44)).toBe(properties.trace?.slice(0, 44));
      expect(trace?.slice(52)).toBe(properties.trace?.slice(52));
      if (trace !== undefined) expect(trace).not.toBe(properties.trace);
      const sent = { ...properties, ...(trace !== undefined && { trace }) };
      expect(own).toEqual({ found: Object.keys(sent).length === 0 ? undefined : sent, end: written.length });
      const parser = mqtt.parser({ protocolVersion: 5 });
      const read: mqtt.Packet[] = [];
      parser.on("packet", (packet) => read.push(packet));
      const body = Buffer.concat([Buffer.from([0, 1, 0x61]), written]);
      const length = body.length > 127 ? [(body.length & 0x7f) | 0x80, body.length >> 7] : [body.length];
      parser.parse(Buffer.concat([Buffer.from([0x30, ...length]), body]));
      const { id, via, responseTopic, correlation } = properties;
      const user = { id, traceparent: trace, via };
      expect((read[0] as IPublishPacket | undefined)?.properties ?? {}).toEqual({
        ...(responseTopic !== undefined && { responseTopic }),
        ...(correlation !== undefined && { correlationData: Buffer.from(correlation) }),
        ...(Object.values(user).some((value) => value !== undefined) && {
          userProperties: Object.fromEntries(Object.entries(user).filter(([, value]) => value !== undefined)),
        }),
      });
    }),
  );
});

test("a traceparent that is none, and a response topic with a wildcard, are as good as none", () => {
  const properties = { userProperties: { traceparent: "00-xyz", id: "7" }, responseTopic: "a/+" };
  const packet = { cmd: "publish", topic: "a", payload: "", qos: 0, retain: false, dup: false, properties };
  const bytes = mqtt.generate(packet as unknown as IPublishPacket, { protocolVersion: 5 });
  expect(decode(bytes, 5).properties).toEqual({ id: "7" });
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
