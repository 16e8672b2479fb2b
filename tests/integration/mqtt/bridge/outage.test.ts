import { join } from "node:path";
import { connect, type MqttClient } from "mqtt";
import { describe, expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../../../runtime/store/index.ts";
import { client, type Mosquitto, startMosquitto, temporaryFolder, until } from "../support.ts";
import { startBridge } from "./support.ts";

interface Heard {
  readonly topic: string;
  readonly payload: string;
  readonly id: string | undefined;
}

/** Somebody there who was away as well: the broker keeps for it what comes meanwhile. */
const LISTENER = { clientId: "listener", clean: false, protocolVersion: 5, properties: { sessionExpiryInterval: 3600 } } as const;

async function listen({ port }: Mosquitto): Promise<{ mqtt: MqttClient; heard: Heard[] }> {
  const heard: Heard[] = [];
  const mqtt = connect(`mqtt://127.0.0.1:${port}`, { ...LISTENER, reconnectPeriod: 0 });
  onTestFinished(() => void mqtt.end(true));
  // What waited comes right after CONNACK
  mqtt.on("message", (topic, payload, { properties }) => {
    const id = properties?.userProperties?.id;
    heard.push({ topic, payload: payload.toString(), id: Array.isArray(id) ? id[0] : id });
  });
  await mqtt.subscribeAsync("hour/#", { qos: 1 });
  return { mqtt, heard };
}

const rules = [
  { direction: "out", filter: "hour/alarm", priority: 9 },
  { direction: "out", filter: "hour/meter", priority: 5, qos: 2 },
  { direction: "out", filter: "hour/chatter", priority: 0, qos: 1 },
] as const;

/** An hour of it: an alarm a minute, a meter twice a second, and chatter for which there is no room. */
const MINUTES = 60;
const METERS = 20;
const CHATTER = 30;

async function anHour(near: MqttClient): Promise<void> {
  for (let minute = 0; minute < MINUTES; minute++) {
    await Promise.all([
      near.publishAsync("hour/alarm", `${minute}`, { qos: 1 }),
      ...Array.from({ length: METERS }, (_, i) => near.publishAsync("hour/meter", `${minute * METERS + i}`, { qos: 1 })),
      ...Array.from({ length: CHATTER }, (_, i) => near.publishAsync("hour/chatter", `${minute * CHATTER + i}`, { qos: 1 })),
    ]);
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const of = (heard: readonly Heard[], topic: string) =>
  heard.filter((one) => one.topic === `hour/${topic}`).map(({ payload }) => payload);

describe.each([4, 5] as const)("over MQTT %i", (version) => {
  test("an hour without the uplink: what has priority arrives in order, once; the rest within the bound", async () => {
    const there = await startMosquitto(["max_queued_messages 0"]);
    const before = await listen(there);
    await before.mqtt.endAsync();
    const journal = await openJournal({ file: ":memory:" });
    const limit = MINUTES * (1 + METERS) + 100;
    const { bus, port } = await startBridge(there.port, { version, journal, rules, spillMessages: limit });
    await until(() => bus.uplink?.connected === true);
    await there.stop();
    await until(() => bus.uplink?.connected === false);
    const near = await client(port, { protocolVersion: 4 });
    await anHour(near);
    const rows = await journal.read("spill.after", 0, 100_000);
    expect(rows).toHaveLength(limit);
    expect(bus.uplink?.waiting).toBe(limit);
    expect(bus.dropped().spillFull).toBe(MINUTES * (1 + METERS + CHATTER) - limit);

    await there.start();
    await until(() => bus.uplink?.connected === true && bus.uplink.waiting === 0, 60);
    const { heard } = await listen(there);
    await until(() => heard.length >= limit, 60);
    expect(of(heard, "alarm")).toEqual(upTo(MINUTES));
    expect(of(heard, "meter")).toEqual(upTo(MINUTES * METERS));
    // Of what has none, the last 100 in order
    expect(of(heard, "chatter")).toEqual(upTo(MINUTES * CHATTER).slice(-100));
    const topics = heard.map(({ topic }) => topic);
    expect(topics.lastIndexOf("hour/alarm")).toBeLessThan(topics.indexOf("hour/chatter"));
    if (version === 5) expect(new Set(heard.map(({ id }) => id)).size).toBe(limit);
    expect(await journal.read("spill.after", 0, 10)).toEqual([]);
  });
});

test("the device ends meanwhile, twice: all of it arrives, once for each id", async () => {
  const there = await startMosquitto(["max_queued_messages 0"]);
  const before = await listen(there);
  await before.mqtt.endAsync();
  await there.stop();
  const file = join(temporaryFolder(), "journal");
  const run = async (use: (bridge: Awaited<ReturnType<typeof startBridge>>) => Promise<void>) => {
    const journal = await openJournal({ file });
    const bridge = await startBridge(there.port, { journal, rules });
    await use(bridge);
    await bridge.bus.close();
    await journal.close();
  };
  await run(async ({ port }) => {
    const near = await client(port, { protocolVersion: 4 });
    for (let i = 0; i < 500; i++) await near.publishAsync("hour/meter", String(i), { qos: 1 });
  });
  await run(async ({ bus, port }) => {
    expect(bus.uplink?.waiting).toBe(500);
    const near = await client(port, { protocolVersion: 4 });
    await Promise.all(Array.from({ length: 3000 }, (_, i) => near.publishAsync("hour/meter", String(500 + i), { qos: 1 })));
    await there.start();
    // Ended in the middle of it
    await until(() => (bus.uplink?.waiting ?? 0) < 3400);
  });
  await run(async ({ bus }) => {
    await until(() => bus.uplink?.connected === true && bus.uplink.waiting === 0, 60);
    const { heard } = await listen(there);
    await until(() => new Set(heard.map(({ id }) => id)).size === 3500, 60);
    const first = heard.filter(({ id }, i) => heard.findIndex((one) => one.id === id) === i);
    expect(first.map(({ payload }) => payload)).toEqual(upTo(3500));
  });
});

test("nobody here waits for the uplink: QoS 2 is complete while it is away, and a full plugin does not hold it up", async () => {
  const { bus, port, taken } = await startBridge(1, {
    rules: [{ direction: "out", filter: "hour/#" }],
    wanted: ["hour/held"],
    handle: () => {},
  });
  const near = await client(port, { protocolVersion: 4 });
  await near.publishAsync("hour/x", "1", { qos: 2 });
  near.publish("hour/held", "2", { qos: 1 });
  await until(() => bus.uplink?.waiting === 2);
  expect(taken.map(({ topic }) => topic)).toEqual(["hour/held"]);
});
