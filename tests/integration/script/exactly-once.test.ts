import { beforeAll, expect, test } from "vitest";
import { FaultyJournal } from "./faulty-journal.ts";
import { type Built, build } from "./guests.ts";
import { Device } from "./support.ts";

let puppet: Built;
let listener: Built;
beforeAll(async () => {
  [puppet, listener] = (await build("puppet", "listener")) as [Built, Built];
});

test("a message that comes again with its id is handled once, also after a restart", async () => {
  const device = await Device.start();
  await device.deploy(puppet);
  await device.send("do/add", 1, { id: "a" });
  await device.send("do/add", 1, { id: "a" });
  await device.restart();
  await device.send("do/add", 1, { id: "a" });
  await device.send("do/add", 1, { id: "b" });
  await device.idle();
  expect(device.said("out/count")).toEqual(["1", "2"]);
});

test("one that comes again while the first is not yet on disk is not acknowledged before the first is", async () => {
  const journal = await FaultyJournal.open();
  const device = await Device.start({ journal });
  await device.deploy(puppet);
  journal.hold();
  const acknowledged: string[] = [];
  const first = device.send("do/add", 1, { id: "a" }).then(() => acknowledged.push("first"));
  const second = device.send("do/add", 1, { id: "a" }).then(() => acknowledged.push("second"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(acknowledged).toEqual([]);
  journal.release();
  await Promise.all([first, second]);
  await device.idle();
  expect(device.said("out/count")).toEqual(["1"]);
});

test("one that could not be taken is taken when it comes again", async () => {
  const device = await Device.start({ inbox: { count: 1, bytes: 1000 } });
  await device.deploy(puppet);
  const [first, second, again] = await Promise.allSettled(["a", "b", "b"].map((id) => device.send("do/add", 1, { id })));
  expect([first?.status, second?.status, again?.status]).toEqual(["fulfilled", "rejected", "rejected"]);
  await device.send("do/add", 1, { id: "b" });
  await device.idle();
  expect(device.said("out/count")).toEqual(["1", "2"]);
});

test("a message of QoS 2 for several handlers is in the journal for all of them, or for none", async () => {
  const journal = await FaultyJournal.open();
  const device = await Device.start({ journal });
  await device.deploy(listener);
  const before = journal.commits.length;
  const sent = device.send("twice/x", "", { qos: 2, ops: [["incoming.add", "client", 7]] });
  await sent;
  await device.idle();
  const first = journal.commits[before]?.map(([statement]) => statement);
  expect(first).toEqual(["incoming.add", "pending.add", "pending.add", "pending.add"]);
  expect(device.said("heard/total")).toEqual(["1", "2"]);
  expect(await journal.read("pending.all", "listener")).toEqual([]);
});

test("it is handled after a crash that came right after", async () => {
  const journal = await FaultyJournal.open();
  const device = await Device.start({ journal });
  await device.deploy(listener);
  void device.send("twice/x", "", { qos: 2, ops: [["incoming.add", "client", 7]] }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 0));
  journal.hold(); // what comes after the acceptance never reaches the disk
  await new Promise((resolve) => setTimeout(resolve, 50));
  journal.failing = "E_STORE_CLOSED";
  journal.release();
  await device.stop();
  journal.failing = undefined;
  await device.boot();
  await device.idle();
  await device.advance(0);
  expect(device.said("heard/total").at(-1)).toBe("2");
});

test("what the broker has to remember is committed when nobody listens", async () => {
  const journal = await FaultyJournal.open();
  const device = await Device.start({ journal });
  await device.send("nobody/here", "", { qos: 2, ops: [["incoming.add", "client", 7]] });
  expect(journal.commits.at(-1)).toEqual([["incoming.add", "client", 7]]);
});
