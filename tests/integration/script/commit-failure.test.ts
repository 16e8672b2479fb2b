import { beforeAll, expect, test } from "vitest";
import { FaultyJournal } from "./faulty-journal.ts";
import { type Built, build } from "./guests.ts";
import { Device, variant } from "./support.ts";

let puppet: Built;
beforeAll(async () => {
  [puppet] = (await build("puppet")) as [Built];
});

async function start(change: Partial<Built["manifest"]> = {}) {
  const journal = await FaultyJournal.open();
  const device = await Device.start({ journal });
  await device.deploy(variant(puppet, change));
  return { journal, device };
}

test("inputs whose commit fails are handled again, once, when the disk is back", async () => {
  const { journal, device } = await start();
  await device.send("do/add", 1);
  journal.failing = "E_STORE_FULL";
  const acknowledged: number[] = [];
  const sent = [2, 3, 4].map((n) => device.send("do/add", n).then(() => acknowledged.push(n)));
  await device.clock.advance(0);
  await journal.failed(1);
  device.clock.advance(5_000);
  await journal.failed(2);
  expect(acknowledged).toEqual([]);
  journal.failing = undefined;
  device.clock.advance(1_000);
  await Promise.all(sent);
  await device.idle();
  expect(device.said("out/count")).toEqual(["1", "3", "6", "10"]);
  await device.restart();
  await device.send("do/add", 0);
  await device.idle();
  expect(device.said("out/count")).toEqual(["10"]);
  expect(device.kinds()).toContain("store.full");
});

test("a timer whose commit fails rings once in the end", async () => {
  const { journal, device } = await start();
  await device.send("do/timer", "a 1000");
  await device.idle();
  journal.failOnce = "timer.delete";
  device.clock.advance(1_000);
  await journal.failed(1);
  await device.advance(1_000);
  await device.advance(10_000);
  expect(device.said("out/rang")).toHaveLength(1);
});

test("an input that waited for its next try is handled once when the commit fails", async () => {
  const { journal, device } = await start();
  await device.send("do/put", "a 1");
  await device.send("do/trap");
  await device.idle();
  journal.failOnce = "pending.delete";
  device.clock.advance(1_000);
  await journal.failed(1);
  await device.advance(60_000);
  const dead = await journal.read("dead.all", "puppet", 10);
  expect(dead.map(({ code }) => code)).toEqual(["E_GUEST_TRAP"]);
  expect(await journal.read("pending.all", "puppet")).toEqual([]);
});

test("a plugin that keeps nothing goes on with what it has", async () => {
  const { journal, device } = await start({ durability: "memory" });
  await device.send("do/add", 1);
  journal.failOnce = "incoming.add";
  const sent = device.send("do/add", 2, { ops: [["incoming.add", "client", 7]] });
  await journal.failed(1);
  device.clock.advance(1_000);
  await sent;
  await device.send("do/add", 4);
  await device.idle();
  expect(device.said("out/count")).toEqual(["1", "3", "7"]);
});

test("a device whose disk is full can be stopped", async () => {
  const { journal, device } = await start();
  journal.failing = "E_STORE_FULL";
  const sent = device.send("do/add", 1).then(
    () => "acknowledged",
    (error) => error.code,
  );
  await journal.failed(1);
  await device.stop();
  expect(await sent).toBe("E_PLUGIN_CLOSED");
  journal.failing = undefined;
  await device.boot();
  await device.send("do/add", 1);
  await device.idle();
  expect(device.said("out/count")).toEqual(["1"]);
});

test("a device whose broker is away can be stopped, and sends what it owes at the next start", async () => {
  const { device } = await start();
  const take = device.bus.publishAll.bind(device.bus);
  device.bus.publishAll = async () => {
    throw new Error("away");
  };
  for (let i = 0; i < 100; i++) await Promise.race([device.send("do/add", 1), new Promise((resolve) => setTimeout(resolve, 5))]);
  await device.stop();
  device.bus.publishAll = take;
  await device.boot();
  await device.idle();
  expect(device.said("out/count").at(0)).toBe("1");
});

test("a disk that fails for good is told, so that the supervisor ends and is started again", async () => {
  const journal = await FaultyJournal.open();
  const told: string[] = [];
  const device = await Device.start({ journal, broken: ({ code }) => told.push(code) });
  await device.deploy(puppet);
  journal.failing = "E_STORE_FULL";
  const sent = device.send("do/add", 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told).toEqual([]);
  journal.failing = "E_STORE_IO";
  device.clock.advance(1_000);
  await expect.poll(() => told).toContain("E_STORE_IO");
  journal.failing = undefined;
  device.clock.advance(1_000);
  await sent;
});

test("a timer that sets itself anew without a delay waits at least 10 ms", async () => {
  const { device } = await start();
  await device.send("do/timer", "a 0");
  await device.idle();
  await device.advance(9);
  expect(device.said("out/rang")).toEqual([]);
  await device.advance(1);
  expect(device.said("out/rang")).toHaveLength(1);
});
