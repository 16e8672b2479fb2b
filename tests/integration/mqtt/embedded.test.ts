import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Delivery, openEmbeddedBus } from "../../../runtime/mqtt/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { publishPacket, rawClient } from "./raw-client.ts";
import { client, mosquittoPub, mosquittoSub, startBus, until } from "./support.ts";

const texts = (messages: readonly Delivery[]) => messages.map(({ topic, payload }) => `${topic} ${Buffer.from(payload)}`);
const bytes = (text: string) => Buffer.from(text);

describe("mosquitto's own clients", () => {
  test("publish at every QoS to the supervisor and to each other", async () => {
    const { bus, port, taken } = await startBus();
    await bus.subscribe("in/+");
    const subscribers = ([0, 1, 2] as const).map((qos) => mosquittoSub(port, "-q", `${qos}`, "-t", "#", "-F", "%t %p %q"));
    await until(() => bus.clients() === 3);
    const ready = () => subscribers.every(({ lines }) => lines.some((line) => line.startsWith("ready")));
    while (!ready()) await mosquittoPub(port, "-t", "ready", "-m", "x");
    for (const qos of [0, 1, 2]) await mosquittoPub(port, "-q", `${qos}`, "-t", `in/${qos}`, "-m", `${qos}`);
    const at = (max: number) => [0, 1, 2].map((qos) => `in/${qos} ${qos} ${Math.min(qos, max)}`);
    const got = (i: number) => subscribers[i]?.lines.filter((line) => line.startsWith("in/")) ?? [];
    await until(() => [0, 1, 2].every((i) => got(i).length === 3));
    for (const qos of [0, 1, 2]) expect(got(qos)).toEqual(at(qos));
    expect(texts(taken)).toEqual(["in/0 0", "in/1 1", "in/2 2"]);
  });

  test("get retained messages, until an empty one takes them away", async () => {
    const { port } = await startBus();
    await mosquittoPub(port, "-r", "-t", "state/a", "-m", "on");
    await mosquittoPub(port, "-r", "-q", "1", "-t", "state/b", "-m", "off");
    const first = mosquittoSub(port, "-t", "state/+", "-F", "%t %p %r");
    await until(() => first.lines.length === 2);
    expect(first.lines.sort()).toEqual(["state/a on 1", "state/b off 1"]);
    await mosquittoPub(port, "-r", "-q", "1", "-t", "state/b", "-n");
    const second = mosquittoSub(port, "-t", "state/#", "-F", "%t %p %r");
    await until(() => second.lines.length === 1);
    expect(second.lines).toEqual(["state/a on 1"]);
  });

  test("leave a will when they die, and none when they say goodbye", async () => {
    const { bus, port, taken } = await startBus();
    await bus.subscribe("#");
    const listener = await client(port);
    await listener.subscribeAsync("will/#", { qos: 1 });
    const dying = mosquittoSub(port, "-t", "x", "--will-topic", "will/dead", "--will-payload", "gone", "--will-qos", "1");
    await until(() => bus.clients() === 2);
    dying.stop();
    await until(() => listener.got.length === 1 && taken.length === 1);
    const polite = await client(port, { will: { topic: "will/polite", payload: bytes("no"), qos: 1, retain: false } });
    await polite.endAsync();
    await listener.publishAsync("end", "end", { qos: 1 });
    await until(() => taken.length >= 2);
    expect(texts(taken)).toEqual(["will/dead gone", "end end"]);
    expect(listener.got).toEqual(["will/dead gone"]);
  });
});

describe("acknowledgement", () => {
  test("follows done(), in the order of the messages", async () => {
    const dones: (() => void)[] = [];
    const { bus, port } = await startBus({ onMessage: (_message, done) => void dones.push(() => done()) });
    await bus.subscribe("in");
    const raw = await rawClient(port);
    raw.send(publishPacket("in", "a", 1, 1), publishPacket("in", "b", 1, 2), publishPacket("elsewhere", "c", 1, 3));
    await until(() => dones.length === 2);
    dones[1]?.();
    raw.send({ cmd: "pingreq" });
    await raw.next("pingresp");
    expect(raw.packets).toEqual([]);
    dones[0]?.();
    for (const id of [1, 2, 3]) expect(await raw.next("puback")).toMatchObject({ messageId: id });
  });

  test("does not come when the supervisor could not take the message: the connection ends", async () => {
    const { bus, port, reports } = await startBus({ onMessage: (_message, done) => done(new Error("full")) });
    await bus.subscribe("in");
    const raw = await rawClient(port);
    raw.send(publishPacket("in", "zero"));
    raw.send({ cmd: "pingreq" });
    await raw.next("pingresp");
    raw.send(publishPacket("in", "one", 1, 1));
    await until(raw.ended);
    expect(raw.packets).toEqual([]);
    expect(reports).toEqual(["E_MQTT_CLIENT"]);
    expect(bus.dropped().unhandled).toBe(2);
  });

  test.each([true, false])("at QoS 2 hands over once, however often it is sent (clean=%s)", async (clean) => {
    const { bus, port, taken } = await startBus();
    await bus.subscribe("in");
    const raw = await rawClient(port, { clean } as object);
    const message = publishPacket("in", "once", 2, 5);
    const again = publishPacket("in", "once", 2, 5, { dup: true } as object);
    raw.send(message, again);
    await raw.next("pubrec");
    raw.send(again);
    expect(await raw.next("pubrec")).toMatchObject({ messageId: 5 });
    raw.send({ cmd: "pubrel", messageId: 5 }, { cmd: "pubrel", messageId: 5 });
    await raw.next("pubcomp");
    await raw.next("pubcomp");
    expect(texts(taken)).toEqual(["in once"]);
    expect(taken[0]?.ops.map(([name]) => name)).toEqual(clean ? [] : ["incoming.add"]);
    raw.send(publishPacket("in", "other", 2, 5));
    await until(() => taken.length === 2);
    expect(texts(taken)).toEqual(["in once", "in other"]);
  });
});

describe("subscriptions", () => {
  test("that overlap bring a message once, at the highest of their QoS", async () => {
    const { port } = await startBus();
    const raw = await rawClient(port);
    const subscriptions = [
      { topic: "a/#", qos: 0 as const },
      { topic: "a/+", qos: 1 as const },
      { topic: "a/b", qos: 0 as const },
    ];
    raw.send({ cmd: "subscribe", messageId: 1, subscriptions });
    await raw.next("suback");
    raw.send(publishPacket("a/b", "x", 1, 9), { cmd: "pingreq" });
    await raw.next("pingresp");
    const got = raw.packets.filter(({ cmd }) => cmd === "publish");
    expect(got).toMatchObject([{ topic: "a/b", qos: 1 }]);
  });

  test("end with UNSUBSCRIBE, and a leading wildcard does not see $SYS", async () => {
    const { port } = await startBus();
    const one = await client(port);
    await one.subscribeAsync(["#", "b"]);
    await (await client(port)).publishAsync("a", "1", { qos: 1 });
    await one.unsubscribeAsync("#");
    await one.publishAsync("a", "2", { qos: 1 });
    await one.publishAsync("b", "3", { qos: 1 });
    await until(() => one.got.includes("b 3"));
    expect(one.got).toEqual(["a 1", "b 3"]);
  });
});

describe("the supervisor", () => {
  test("publishes to clients, in order, and does not get its own messages back", async () => {
    const { bus, port, taken } = await startBus();
    await bus.subscribe("#");
    const [clean, kept] = [await client(port), await client(port, { clean: false, clientId: "kept" })];
    for (const one of [clean, kept]) await one.subscribeAsync("out/#", { qos: 1 });
    const messages = Array.from({ length: 500 }, (_, i) => ({
      topic: "out/a",
      payload: bytes(`${i}`),
      qos: 1 as const,
      retain: i === 250,
    }));
    await bus.publishAll(messages);
    await until(() => clean.got.length === 500 && kept.got.length === 500);
    const wanted = messages.map(({ payload }) => `out/a ${payload}`);
    expect(clean.got).toEqual(wanted);
    expect(kept.got).toEqual(wanted);
    expect(taken).toEqual([]);
    const late = await client(port);
    await late.subscribeAsync("out/a");
    await until(() => late.got.length === 1);
    expect(late.got).toEqual(["out/a 250"]);
  });

  test("gets what is retained where it asks for it", async () => {
    const { bus, port, taken } = await startBus();
    for (let i = 0; i < 600; i++) await bus.publish({ topic: `state/${i}`, payload: bytes(`${i}`), qos: 1, retain: true });
    await bus.subscribe("state/1");
    expect(taken).toEqual([]);
    await bus.subscribe("state/+", { retained: true });
    expect(taken).toHaveLength(600);
    expect(taken.every(({ retain }) => retain)).toBe(true);
    await mosquittoPub(port, "-q", "1", "-t", "state/1", "-m", "new");
    expect(texts(taken.slice(600))).toEqual(["state/1 new"]);
  });

  test("takes only what it subscribes to, as long as it does", async () => {
    const { bus, port, taken } = await startBus();
    const one = await client(port);
    const say = (topic: string) => one.publishAsync(topic, "x", { qos: 1 });
    await say("a/1");
    await bus.subscribe("a/+");
    await say("a/2");
    await say("b");
    await bus.unsubscribe("a/+");
    await say("a/3");
    expect(texts(taken)).toEqual(["a/2 x"]);
    expect(taken[0]).toMatchObject({ from: one.options.clientId, qos: 1, retain: false, duplicate: false });
    await expect(bus.subscribe("a/#/b")).rejects.toMatchObject({ code: "E_TOPIC_FILTER" });
    await expect(bus.publish({ topic: "a/+", payload: bytes(""), qos: 0, retain: false })).rejects.toMatchObject({
      code: "E_TOPIC",
    });
  });
});

test("a client may not publish what only the device says, and is told by the end of its connection", async () => {
  const { bus, port, taken, reports } = await startBus();
  await bus.subscribe("#");
  const raw = await rawClient(port);
  raw.send(publishPacket("steppps/hall/done/1", "fake", 1, 1));
  await until(raw.ended);
  expect(reports).toEqual(["E_MQTT_REFUSED"]);
  await mosquittoPub(port, "-q", "1", "-t", "steppps/hall/rpc/status/1", "-m", "{}");
  expect(texts(taken)).toEqual(["steppps/hall/rpc/status/1 {}"]);
});

test("a client that falls silent is disconnected after 1.5 times its keep-alive, one that pings is not", async () => {
  const { port } = await startBus();
  const silent = await rawClient(port, { keepalive: 1, clientId: "silent" } as object);
  const alive = await rawClient(port, { keepalive: 1, clientId: "alive" } as object);
  const timer = setInterval(() => alive.send({ cmd: "pingreq" }), 300);
  onTestFinished(() => clearInterval(timer));
  await until(silent.ended);
  expect(alive.ended()).toBe(false);
});

test("a second client with the same id takes over", async () => {
  const { bus, port } = await startBus();
  const first = await rawClient(port);
  const second = await rawClient(port);
  await until(first.ended);
  second.send({ cmd: "pingreq" });
  await second.next("pingresp");
  expect(bus.clients()).toBe(1);
});

test("a port that is taken is replaced, and that is said", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  const journal = await openJournal({ file: ":memory:" });
  const reports: string[] = [];
  const bus = await openEmbeddedBus({ port, journal, onMessage: () => {}, report: ({ code }) => reports.push(code) });
  expect(bus.url).not.toBe(`mqtt://127.0.0.1:${port}`);
  expect(reports).toEqual(["E_MQTT_PORT_TAKEN"]);
  await bus.close();
  await expect(bus.publish({ topic: "a", payload: bytes("a"), qos: 0, retain: false })).rejects.toMatchObject({
    code: "E_MQTT_CLOSED",
  });
  await journal.close();
});

test("nothing comes in before start, and what was sent meanwhile comes then", async () => {
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  const taken: string[] = [];
  const onMessage = (message: Delivery, done: () => void) => {
    taken.push(message.topic);
    done();
  };
  const bus = await openEmbeddedBus({ port: 0, journal, onMessage });
  onTestFinished(() => bus.close());
  const connecting = client(Number(new URL(bus.url).port));
  await Promise.race([connecting, new Promise((resolve) => setTimeout(resolve, 100))]);
  expect(bus.clients()).toBe(0);
  await bus.subscribe("in");
  await bus.start();
  await (await connecting).publishAsync("in", "x", { qos: 1 });
  expect(taken).toEqual(["in"]);
});

test("an address that is not ours is refused", async () => {
  const nobody = { empty: false, rules: () => undefined, check: async () => ({ ok: false }) };
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  const open = openEmbeddedBus({ port: 0, host: "192.0.2.1", users: nobody, journal, onMessage: () => {} });
  await expect(open).rejects.toMatchObject({ code: "E_MQTT_LISTEN" });
});
