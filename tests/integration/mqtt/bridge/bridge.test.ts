import { setTimeout as sleep } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import { describe, expect, test } from "vitest";
import type { Bus, Delivery } from "../../../../runtime/mqtt/index.ts";
import { client, startMosquitto, until } from "../support.ts";
import { cuttableLink, startBridge } from "./support.ts";

const text = (payload: Uint8Array) => Buffer.from(payload).toString();

/** Waits until what is sent there is heard here. */
async function subscribed(far: MqttClient, bus: Bus, taken: Delivery[], topic: string): Promise<void> {
  await until(() => bus.uplink?.connected === true);
  while (taken.length === 0) {
    await far.publishAsync(topic, "ready", { qos: 1 });
    await sleep(50);
  }
  // Behind all that were sent in vain.
  await far.publishAsync(topic, "last", { qos: 1 });
  await until(() => text((taken.at(-1) as Delivery).payload) === "last");
  taken.length = 0;
}

describe.each([4, 5] as const)("to mosquitto over MQTT %i", (version) => {
  test("rules carry out, in and both ways, with their prefixes, at their QoS", async () => {
    const there = await startMosquitto();
    const far = await client(there.port, { protocolVersion: 5 });
    await far.subscribeAsync("#", { qos: 2 });
    const { bus, port, taken } = await startBridge(there.port, {
      version,
      wanted: ["from-town/#"],
      rules: [
        { direction: "out", filter: "sensors/#", remotePrefix: "site/1/", qos: 2 },
        { direction: "in", filter: "orders/+", remotePrefix: "site/1/", localPrefix: "from-town/" },
      ],
    });
    await subscribed(far, bus, taken, "site/1/orders/ready");
    const near = await client(port, { protocolVersion: 4 });
    await near.subscribeAsync("#", { qos: 1 });
    for (const qos of [0, 1, 2] as const) await near.publishAsync("sensors/a/t", `out ${qos}`, { qos });
    await near.publishAsync("elsewhere", "stays here", { qos: 1 });
    await far.publishAsync("elsewhere", "stays there", { qos: 1 });
    for (const qos of [0, 1, 2] as const) await far.publishAsync("site/1/orders/x", `in ${qos}`, { qos });
    await until(() => far.got.filter((line) => line.startsWith("site/1/sensors")).length === 3 && taken.length === 3);
    await until(() => near.got.filter((line) => line.startsWith("from-town")).length === 3);
    const carried = far.got.filter((line) => line.startsWith("site/1/sensors"));
    expect(carried.toSorted()).toEqual([0, 1, 2].map((qos) => `site/1/sensors/a/t out ${qos}`));
    expect(taken.map(({ topic, payload, remote }) => [topic, text(payload), remote]).toSorted()).toEqual(
      [0, 1, 2].map((qos) => ["from-town/orders/x", `in ${qos}`, true]),
    );
    expect(near.got.filter((line) => line.includes("stays there"))).toEqual([]);
    expect(far.got.filter((line) => line.includes("stays here"))).toEqual([]);
  });

  test("what goes both ways goes round once", async () => {
    const there = await startMosquitto();
    const far = await client(there.port, { protocolVersion: 5 });
    const { bus, port, taken } = await startBridge(there.port, {
      version,
      wanted: ["room/#"],
      rules: [{ direction: "both", filter: "room/#" }],
    });
    await subscribed(far, bus, taken, "room/ready");
    await far.subscribeAsync("room/#", { qos: 1 });
    const near = await client(port, { protocolVersion: 4 });
    await near.subscribeAsync("room/#", { qos: 1 });
    for (let i = 0; i < 20; i++) {
      await near.publishAsync("room/near", `n${i}`, { qos: 1 });
      await far.publishAsync("room/far", `f${i}`, { qos: 1 });
    }
    // The same from somebody else is another message
    await until(() => far.got.length === 40);
    await far.publishAsync("room/near", "n0", { qos: 1 });
    await near.publishAsync("room/last", "last", { qos: 1 });
    await until(() => far.got.includes("room/last last") && near.got.filter((line) => line === "room/near n0").length === 2);
    await far.publishAsync("room/end", "end", { qos: 1 });
    await until(() => near.got.includes("room/end end"));
    const expected = [
      "room/end end",
      ...Array.from({ length: 20 }, (_, i) => `room/far f${i}`),
      "room/last last",
      ...Array.from({ length: 20 }, (_, i) => `room/near n${i}`),
      "room/near n0",
    ].toSorted();
    expect(near.got.toSorted()).toEqual(expected);
    expect(far.got.toSorted()).toEqual(expected);
    expect(taken.map(({ topic, payload }) => `${topic} ${text(payload)}`).toSorted()).toEqual(expected);
  });

  test("the device is online there while it is, and offline when its link is cut or it ends", async () => {
    const there = await startMosquitto();
    const link = await cuttableLink(there.port);
    const far = await client(there.port, { protocolVersion: 5 });
    await far.subscribeAsync("steppps/edge/state", { qos: 1 });
    const { bus, connections } = await startBridge(link.port, { version, rules: [] });
    await until(() => far.got.length === 1);
    link.cut();
    await until(() => far.got.length === 3);
    await until(() => connections.length === 3);
    await bus.close();
    await until(() => far.got.length === 4);
    expect(far.got).toEqual(["online", "offline", "online", "offline"].map((state) => `steppps/edge/state ${state}`));
    expect(connections).toEqual([true, false, true]);
    const late = await client(there.port, { protocolVersion: 5 });
    await late.subscribeAsync("steppps/edge/state");
    await until(() => late.got.length === 1);
    expect(late.got).toEqual(["steppps/edge/state offline"]);
  });

  test("retained messages there are here after a start, retained", async () => {
    const there = await startMosquitto();
    const far = await client(there.port, { protocolVersion: 5 });
    await far.publishAsync("set/point", "21", { qos: 1, retain: true });
    const { port } = await startBridge(there.port, { version, rules: [{ direction: "in", filter: "set/#" }] });
    const near = await client(port, { protocolVersion: 4 });
    const retained: boolean[] = [];
    near.on("message", (_topic, _payload, packet) => retained.push(packet.retain));
    await near.subscribeAsync("set/#", { qos: 1 });
    await until(() => near.got.length > 0);
    await near.unsubscribeAsync("set/#");
    await near.subscribeAsync("set/#", { qos: 1 });
    await until(() => retained.includes(true));
    expect(near.got.every((line) => line === "set/point 21")).toBe(true);
  });
});

test("neither rules nor brokers make a message the device's own", async () => {
  const there = await startMosquitto();
  const { bus, port, taken } = await startBridge(there.port, {
    wanted: ["steppps/edge/rpc/+/+", "over"],
    rules: [{ direction: "both", filter: "#" }],
    control: false,
  });
  const far = await client(there.port, { protocolVersion: 5 });
  await subscribed(far, bus, taken, "over");
  await far.subscribeAsync("#", { qos: 1 });
  const near = await client(port, { protocolVersion: 4 });
  await near.subscribeAsync("#", { qos: 1 });
  await far.publishAsync("steppps/edge/events", "forged", { qos: 1 });
  await far.publishAsync("steppps/edge/rpc/status/1", "", { qos: 1 });
  await bus.publish({ topic: "steppps/edge/events", payload: Buffer.from("own"), qos: 0, retain: false });
  await far.publishAsync("over", "and out", { qos: 1 });
  await until(() => near.got.includes("over and out"));
  await near.publishAsync("back", "again", { qos: 1 });
  await until(() => far.got.includes("back again"));
  expect(near.got).toEqual(["steppps/edge/events own", "over and out", "back again"]);
  expect(far.got.filter((line) => line.includes("own"))).toEqual([]);
  expect(taken.map(({ topic }) => topic)).toEqual(["over"]);
});
