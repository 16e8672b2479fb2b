import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import fc from "fast-check";
import mqtt, { type Packet } from "mqtt-packet";
import { expect, onTestFinished, test } from "vitest";
import { openExternalBus } from "../../../runtime/mqtt/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { client, startBus, until } from "./support.ts";

const topic = fc.oneof(fc.constantFrom("in/a", "a", "#", "+", "$SYS/x", "__proto__", "a/+/b", ""), fc.string({ maxLength: 10 }));
const messageId = fc.integer({ min: 1, max: 5 });
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const packet: fc.Arbitrary<object> = fc.oneof(
  fc.record({
    cmd: fc.constant("connect"),
    protocolId: fc.constant("MQTT"),
    protocolVersion: fc.constantFrom(3, 4, 5),
    clean: fc.boolean(),
    clientId: fc.constantFrom("a", "b", "__proto__", ""),
    keepalive: fc.nat(100),
    will: fc.option(fc.record({ topic, payload: fc.string(), qos, retain: fc.boolean() }), { nil: undefined }),
  }),
  fc.record({
    cmd: fc.constant("publish"),
    topic,
    payload: fc.string({ maxLength: 300 }),
    qos,
    messageId,
    retain: fc.boolean(),
    dup: fc.boolean(),
  }),
  fc.record({
    cmd: fc.constant("subscribe"),
    messageId,
    subscriptions: fc.array(fc.record({ topic, qos }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ cmd: fc.constant("unsubscribe"), messageId, unsubscriptions: fc.array(topic, { minLength: 1, maxLength: 4 }) }),
  fc.record({ cmd: fc.constantFrom("puback", "pubrec", "pubrel", "pubcomp"), messageId }),
  fc.record({ cmd: fc.constantFrom("pingreq", "disconnect", "pingresp", "connack", "suback") }),
);
const packets = fc.array(packet, { maxLength: 12 }).map((list) => Buffer.concat(list.map(encode)));
const connected = packets.map((bytes) => Buffer.concat([encode(CONNECT), bytes]));
const damaged = fc.tuple(connected, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 })).map(([bytes, changes]) => {
  const copy = Buffer.from(bytes);
  for (const [at, byte] of changes) copy[at % copy.length] = byte;
  return copy;
});
const noise = fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes));

const CONNECT = { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: "fuzz", keepalive: 0 };

/** What mqtt-packet makes of it, or nothing where it refuses to. */
function encode(packet: object): Buffer {
  try {
    return mqtt.generate(packet as Packet);
  } catch {
    return Buffer.alloc(0);
  }
}

test("whatever comes in by the port, the broker goes on serving others", async () => {
  const { bus, port } = await startBus();
  await bus.subscribe("in/#");
  const witness = await client(port, { clientId: "witness" });
  await witness.subscribeAsync("witness");
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(noise, packets, connected, damaged), fc.boolean(), async (bytes, lingers) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      if (lingers) socket.write(bytes);
      else socket.end(bytes);
      socket.resume();
      await witness.publishAsync("witness", `${++round}`, { qos: 1 });
      await until(() => witness.got.at(-1) === `witness ${round}`);
      socket.destroy();
    }),
    { numRuns: Number(process.env.STEPPPS_FUZZ_RUNS ?? 400) },
  );
  await until(() => bus.clients() === 1);
  expect(witness.connected).toBe(true);
});

test("whatever a broker elsewhere says, the uplink takes it or ends the connection", async () => {
  const journal = await openJournal({ file: ":memory:" });
  const connack = mqtt.generate({ cmd: "connack", returnCode: 0, sessionPresent: false });
  const connack5 = mqtt.generate({ cmd: "connack", reasonCode: 0, sessionPresent: false }, { protocolVersion: 5 });
  const says = fc
    .tuple(fc.constantFrom(Buffer.alloc(0), connack, connack5), fc.oneof(noise, packets, damaged))
    .map((parts) => Buffer.concat(parts));
  let bytes = Buffer.alloc(0);
  let finished: (() => void) | undefined;
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.resume();
    socket.end(bytes);
    socket.once("close", () => finished?.());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    await journal.close();
  });
  const { port } = server.address() as { port: number };
  await fc.assert(
    fc.asyncProperty(says, fc.constantFrom(4 as const, 5 as const), async (said, version) => {
      bytes = said;
      const over = new Promise<void>((resolve) => {
        finished = resolve;
      });
      const url = `mqtt://127.0.0.1:${port}`;
      const bus = await openExternalBus({ url, clientId: "fuzz", version, journal, onMessage: (_message, done) => done() });
      await bus.subscribe("#");
      await bus.start();
      bus.publish({ topic: "a", payload: Buffer.from("x"), qos: 2, retain: false }).catch(() => {});
      await over;
      await bus.close();
    }),
    { numRuns: Number(process.env.STEPPPS_FUZZ_RUNS ?? 150) },
  );
});
