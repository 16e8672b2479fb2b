import { beforeAll, expect, test } from "vitest";
import { type Built, build } from "./guests.ts";
import { Device } from "./support.ts";

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

let puppet: Built;
let listener: Built;
beforeAll(async () => {
  [puppet, listener] = (await build("puppet", "listener")) as [Built, Built];
});

test("what a message leads to carries its trace, through one plugin into the next; others carry none", async () => {
  const device = await Device.start();
  await device.deploy(puppet);
  await device.deploy(listener);
  await Promise.all([device.send("do/add", 1), device.send("do/add", 1, { trace: TRACE }), device.send("do/add", 1)]);
  await device.idle();
  const traces = (topic: string) => device.bus.published.filter((message) => message.topic === topic).map(({ trace }) => trace);
  const [first, second, third] = traces("out/count");
  expect([first, third]).toEqual([undefined, undefined]);
  // The parent id is each packet's own: tests/unit/mqtt/wire
  expect(second).toBe(TRACE);
  const onward = traces("heard/total");
  expect(onward.filter((trace) => trace !== undefined)).toHaveLength(1);
  expect(onward.find((trace) => trace !== undefined)).toBe(TRACE);
});
