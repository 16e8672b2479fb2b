import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openEmbeddedBus } from "../../../runtime/mqtt/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { publishPacket, rawClient } from "./raw-client.ts";
import { client, startBus, temporaryFolder, until } from "./support.ts";

const MiB = 1024 * 1024;
const rss = () => process.memoryUsage().rss;

test("10,000 retained topics are kept, found by wildcard, and there again after a restart", async () => {
  const file = join(temporaryFolder(), "journal.db");
  const open = async () => {
    const journal = await openJournal({ file });
    const bus = await openEmbeddedBus({ port: 0, journal, onMessage: () => {} });
    await bus.start();
    return { journal, bus, port: Number(new URL(bus.url).port) };
  };
  const first = await open();
  const payload = Buffer.alloc(100, "x");
  await first.bus.publishAll(
    Array.from({ length: 10_000 }, (_, i) => ({ topic: `t/${i % 10}/${i}`, payload, qos: 1 as const, retain: true })),
  );
  await first.bus.close();
  await first.journal.close();
  const second = await open();
  const one = await client(second.port);
  await one.subscribeAsync("t/#");
  await until(() => one.got.length === 10_000, 20);
  expect(new Set(one.got).size).toBe(10_000);
  const few = await client(second.port);
  await few.subscribeAsync(["t/3/+", "t/4/4"]);
  await until(() => few.got.length === 1001);
  await second.bus.close();
  await second.journal.close();
});

test("retained topics beyond the bound are refused and counted, changes of those there are not", async () => {
  const { bus, port, reports } = await startBus({ limits: { retainedTopics: 3 } });
  const keep = (topic: string, text: string) => bus.publish({ topic, payload: Buffer.from(text), qos: 1, retain: true });
  for (let i = 0; i < 5; i++) await keep(`t/${i}`, "old");
  await keep("t/0", "new");
  await keep("t/1", "");
  await keep("t/9", "last");
  const one = await client(port);
  await one.subscribeAsync("#");
  await until(() => one.got.length === 3);
  expect(one.got.sort()).toEqual(["t/0 new", "t/2 old", "t/9 last"]);
  expect(bus.dropped().retainedFull).toBe(2);
  expect(reports).toEqual(["E_MQTT_RETAINED_FULL"]);
});

test("a payload of 10 MB is refused at its first bytes; one of 1 MiB goes through", async () => {
  const { bus, port, reports, taken } = await startBus();
  await bus.subscribe("big");
  const raw = await rawClient(port);
  const before = rss();
  raw.socket.write(Buffer.from([0x30, 0x80, 0xad, 0xe2, 0x04]));
  for (let i = 0; i < 10 && !raw.ended(); i++) {
    raw.socket.write(Buffer.alloc(MiB));
    await sleep(5);
  }
  await until(raw.ended);
  expect(reports).toEqual(["E_MQTT_PACKET_SIZE"]);
  expect(rss() - before).toBeLessThan(64 * MiB);
  const one = await client(port);
  await one.subscribeAsync("big");
  await one.publishAsync("big", Buffer.alloc(MiB, 7), { qos: 1 });
  await until(() => one.got.length === 1 && taken.length === 1);
  expect(taken[0]?.payload).toEqual(Buffer.alloc(MiB, 7));
});

test("a storm of messages that nobody deals with yet stops at the bound and goes on later; others are served meanwhile", async () => {
  const dones: (() => void)[] = [];
  let handled = 0;
  const { bus, port } = await startBus({
    limits: { inflightMessages: 1000 },
    onMessage(_message, done) {
      if (handled++ < 1) return done();
      dones.push(() => done());
    },
  });
  await bus.subscribe("in");
  const storm = await rawClient(port, { clientId: "storm" } as object);
  const chunk = Buffer.concat(
    Array.from({ length: 100 }, () => Buffer.from([0x30, 0xff, 1, 0, 2, 0x69, 0x6e, ...new Array(251).fill(0x78)])),
  );
  let written = 0;
  for (; written < 2000 && storm.socket.writableLength < 4 * MiB; written++) {
    storm.socket.write(chunk);
    if (written % 50 === 0) await sleep(1);
  }
  await until(() => dones.length === 1000);
  const before = rss();
  await sleep(100);
  expect(dones).toHaveLength(1000);
  expect(rss() - before).toBeLessThan(32 * MiB);
  const other = await client(port);
  await other.subscribeAsync("out");
  await other.publishAsync("out", "x", { qos: 1 });
  await until(() => other.got.length === 1);
  const settle = setInterval(() => {
    for (const done of dones.splice(0)) done();
  });
  await until(() => handled === written * 100);
  clearInterval(settle);
});

test("a subscriber that does not read loses QoS 0, counted, and the others lose nothing", async () => {
  const { bus, port } = await startBus({ limits: { unreadBytes: 256 * 1024 } });
  const slow = await rawClient(port, { clientId: "slow" } as object);
  slow.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 0 }] });
  await slow.next("suback");
  slow.socket.pause();
  const fast = await client(port);
  await fast.subscribeAsync("#");
  const payload = Buffer.alloc(10_000, "x");
  const before = rss();
  for (let i = 0; i < 2000; i++) {
    await bus.publish({ topic: "a", payload, qos: 0, retain: false });
    if (i % 10 === 0) await until(() => fast.got.length > i - 10);
  }
  await until(() => fast.got.length === 2000);
  expect(bus.dropped().slowClient).toBeGreaterThan(500);
  expect(rss() - before).toBeLessThan(128 * MiB);
  expect(slow.ended()).toBe(false);
});

test("a subscriber at QoS 1 that does not read is disconnected when it has no session; one with a session gets all of it later", async () => {
  const { bus, port, reports } = await startBus({ limits: { unreadBytes: 64 * 1024, unreadBytesMax: 512 * 1024 } });
  const subscribe = async (clientId: string, clean: boolean) => {
    const raw = await rawClient(port, { clientId, clean } as object);
    raw.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 1 }] });
    await raw.next("suback");
    raw.socket.pause();
    return raw;
  };
  await subscribe("without", true);
  const kept = await subscribe("with", false);
  const payload = Buffer.alloc(10_000, "x");
  for (let i = 0; i < 1000; i++) await bus.publish({ topic: `a/${i}`, payload, qos: 1, retain: false });
  await until(() => reports.includes("E_MQTT_SLOW_CLIENT"));
  await until(() => bus.clients() === 1);
  kept.socket.destroy();
  await until(() => bus.clients() === 0);
  const again = await client(port, { clientId: "with", clean: false });
  await until(() => again.got.length >= 1000, 20);
  expect(new Set(again.got.map((line) => line.split(" ")[0])).size).toBe(1000);
});

test("a session that is away keeps what came first, up to the bound; what does not fit is counted", async () => {
  const { bus, port, reports } = await startBus({ limits: { queueMessages: 50 } });
  const one = await client(port, { clientId: "away", clean: false });
  await one.subscribeAsync("a/#", { qos: 1 });
  await one.endAsync();
  for (let i = 0; i < 80; i++) await bus.publish({ topic: `a/${i}`, payload: Buffer.from("x"), qos: 1, retain: false });
  expect(bus.dropped().sessionFull).toBe(30);
  expect(reports).toEqual(["E_MQTT_QUEUE_FULL"]);
  const again = await client(port, { clientId: "away", clean: false });
  await until(() => again.got.length === 50);
  expect(again.got).toEqual(Array.from({ length: 50 }, (_, i) => `a/${i} x`));
});

test("with a full disk nothing is acknowledged that is not kept, the rest goes on, and it recovers when there is room", async () => {
  const journal = await openJournal({ file: ":memory:", limitBytes: 512 * 1024 });
  const { bus, port, reports, taken } = await startBus({ journal });
  await bus.subscribe("in/#");
  const kept = await client(port, { clientId: "kept", clean: false });
  await kept.subscribeAsync("kept/#", { qos: 1 });
  const filling = async (text: string, name = "fill") => {
    for (let i = 0; i < 100; i++) await bus.publish({ topic: `${name}/${i}`, payload: Buffer.from(text), qos: 1, retain: true });
  };
  await expect(filling("x".repeat(20_000))).rejects.toMatchObject({ code: "E_STORE_FULL" });
  await expect(filling("x".repeat(4_000), "rest")).rejects.toMatchObject({ code: "E_STORE_FULL" });
  for (const [topic, qos, more] of [
    ["kept/a", 1, {}],
    ["state", 1, { retain: true }],
    ["in/two", 2, {}],
  ] as const) {
    const raw = await rawClient(port, { clean: topic !== "in/two", clientId: "sender" } as object);
    raw.send(publishPacket(topic, "y".repeat(20_000), qos, 1, more as object));
    await Promise.race([until(raw.ended), raw.next(qos === 1 ? "puback" : "pubrec").catch(() => {})]);
    if (topic !== "in/two") expect(raw.ended()).toBe(true);
    raw.socket.destroy();
  }
  const dying = await rawClient(port, { clientId: "dying", will: { topic: "w", payload: "w", qos: 1, retain: true } } as object);
  dying.socket.destroy();
  const plain = await client(port);
  await plain.subscribeAsync("plain");
  await plain.publishAsync("plain", "goes on", { qos: 1 });
  await plain.publishAsync("in/one", "goes on", { qos: 1 });
  await until(() => plain.got.length === 1 && taken.length >= 1);
  expect(reports).toContain("E_STORE_FULL");
  await filling("");
  await filling("", "rest");
  await plain.publishAsync("kept/b", "recovered", { qos: 1 });
  await until(() => kept.got.includes("kept/b recovered"));
});

test("clients, sessions and subscriptions have bounds", async () => {
  const { port } = await startBus({ limits: { clients: 3, sessions: 1, subscriptionsPerClient: 2 } });
  const one = await client(port, { clientId: "a", clean: false });
  await one.subscribeAsync(["1", "2"], { qos: 1 });
  await one.subscribeAsync("3", { qos: 1 }).catch(() => {});
  await one.publishAsync("2", "x", { qos: 1 });
  await one.publishAsync("3", "x", { qos: 1 });
  await until(() => one.got.length === 1);
  await expect(client(port, { clientId: "b", clean: false })).rejects.toThrow();
  for (let i = 0; i < 2; i++) await client(port);
  await expect(client(port)).rejects.toThrow();
  expect(one.got).toEqual(["2 x"]);
});

test("messages pipelined behind CONNECT are taken, in order", async () => {
  const { bus, port, taken } = await startBus();
  await bus.subscribe("in");
  const raw = await rawClient(port, { clientId: "first" } as object);
  raw.socket.destroy();
  const { connect } = await import("node:net");
  const mqtt = (await import("mqtt-packet")).default;
  const socket = connect(port, "127.0.0.1");
  const packets = [publishPacket("in", "0"), publishPacket("in", "1", 1, 1), publishPacket("in", "2", 2, 2)];
  socket.write(
    Buffer.concat([
      mqtt.generate({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: "eager", keepalive: 0 }),
      ...packets.map((packet) => mqtt.generate(packet)),
    ]),
  );
  await until(() => taken.length === 3);
  expect(taken.map(({ payload }) => Buffer.from(payload).toString())).toEqual(["0", "1", "2"]);
  socket.destroy();
});
