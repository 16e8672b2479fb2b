import { beforeAll, describe, expect, test } from "vitest";
import { FaultyJournal } from "./faulty-journal.ts";
import { type Built, build } from "./guests.ts";
import { Device, variant } from "./support.ts";

let puppet: Built;
let listener: Built;
beforeAll(async () => {
  [puppet, listener] = (await build("puppet", "listener")) as [Built, Built];
});

describe("after a restart", () => {
  test("state is as the last input left it", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/add", 5);
    await device.send("do/put", "a 1");
    await device.send("do/put", "b 2");
    await device.send("do/put", "a");
    await device.restart();
    expect([...device.host.workflow("puppet").image.entries.keys()]).toEqual(["count", "map/b"]);
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["5", "6"]);
  });

  test("timers that came due meanwhile ring once, the others at their time", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/timer", "soon 1000");
    await device.send("do/timer", "later 100000");
    await device.stop();
    device.clock.advance(5_000);
    await device.boot();
    await device.advance(0);
    expect(device.said("out/rang")).toEqual([`soon note of soon ${Date.UTC(2026, 0, 1) + 5_000}`]);
    await device.advance(94_999);
    expect(device.said("out/rang")).toEqual([]);
    await device.advance(1);
    expect(device.said("out/rang")).toEqual([`later note of later ${Date.UTC(2026, 0, 1) + 100_000}`]);
    await device.restart();
    await device.advance(200_000);
    expect(device.said("out/rang")).toEqual([]);
  });

  test("a period that passed is made up for once", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.advance(3_600_000);
    expect(device.said("out/hour")).toHaveLength(1);
    await device.stop();
    device.clock.advance(5 * 3_600_000 + 1);
    await device.boot();
    await device.advance(0);
    expect(device.said("out/hour")).toHaveLength(1);
    await device.advance(3_600_000);
    expect(device.said("out/hour")).toHaveLength(1);
  });

  test("outputs that the broker did not take are sent, with the same names", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    const take = device.bus.publishAll.bind(device.bus);
    const tried: (string | undefined)[] = [];
    device.bus.publishAll = async (messages) => {
      tried.push(...messages.map(({ id }) => id));
      throw new Error("away");
    };
    await device.send("do/add", 1);
    await device.send("do/add", 2);
    await device.stop();
    device.bus.publishAll = take;
    await device.boot();
    await device.idle();
    expect(tried[0]).toMatch(/^puppet\.[0-9a-z]+\/0\/0$/);
    expect(device.bus.published.map(({ id }) => id)).toEqual([tried[0], tried[0]?.replace("/0/0", "/1/0")]);
    expect(device.said("out/count")).toEqual(["1", "3"]);
  });

  test("what one plugin still owes another reaches it, whichever starts first", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.deploy(variant(listener, { name: "z-listener" }));
    await device.send("do/add", 1);
    await device.restart();
    await device.idle();
    // It counted once. That it said so may have gone out twice, with the same id: nobody knew whether the broker had it.
    const heard = device.bus.published.filter(({ topic }) => topic === "heard/total");
    expect(new Set(heard.map(({ id, payload }) => `${id} ${payload}`)).size).toBe(1);
    expect(device.said("heard/total")[0]).toBe("1");
  });

  test("a plugin that never publishes keeps no more history than others", async () => {
    const journal = await FaultyJournal.open();
    const device = await Device.start({ journal });
    await device.deploy(puppet);
    await device.send("do/hush", 1);
    await device.send("do/hush", 1);
    await device.send("do/hush", 1);
    await device.idle();
    const unsent = await journal.read("batch.unsent", "puppet");
    expect(unsent.length).toBeLessThanOrEqual(1);
  });
});

describe("timers", () => {
  test("one that is set again before it rings rings once, at its new time", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/timer", "a 1000");
    await device.advance(900);
    await device.send("do/timer", "a 1000");
    await device.advance(999);
    expect(device.said("out/rang")).toEqual([]);
    await device.advance(1);
    expect(device.said("out/rang")).toHaveLength(1);
  });

  test("one that is cancelled, or set again, in the very moment it is due does not ring", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/timer", "a 1000");
    await device.send("do/timer", "b 1000");
    void device.send("do/cancel", "a");
    void device.send("do/timer", "b 1000");
    device.clock.advance(1000);
    await device.idle();
    expect(device.said("out/rang")).toEqual([]);
    await device.advance(1000);
    expect(device.said("out/rang")).toHaveLength(1);
  });

  test("delays go on when the clock is set, forward and back", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    for (const jump of [3_600_000, -86_400_000, 50 * 31_536_000_000]) {
      await device.send("do/timer", "before 20000");
      await device.advance(5_000);
      device.clock.jump(device.clock.now() + jump);
      await device.send("do/timer", "after 30000");
      await device.advance(14_990);
      expect(device.said("out/rang")).toEqual([]);
      await device.advance(20);
      expect(device.said("out/rang").map((text) => text.split(" ")[0])).toEqual(["before"]);
      await device.advance(14_980);
      expect(device.said("out/rang")).toEqual([]);
      await device.advance(20);
      expect(device.said("out/rang").map((text) => text.split(" ")[0])).toEqual(["after"]);
    }
    expect(device.kinds().filter((kind) => kind === "clock.jumped")).toHaveLength(3);
  });

  test("a jump outlives a restart", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/timer", "a 60000");
    device.clock.jump(device.clock.now() + 1_000_000);
    await device.advance(10_000);
    await device.restart();
    await device.advance(49_980);
    expect(device.said("out/rang")).toEqual([]);
    await device.advance(20);
    expect(device.said("out/rang")).toHaveLength(1);
  });
});

describe("between plugins", () => {
  test("a plugin that listens to itself goes on, however many inputs wait", async () => {
    const device = await Device.start({ inbox: { count: 100_000, bytes: 1_000_000_000 } });
    await device.deploy(puppet);
    const sent = Array.from({ length: 2_000 }, () => device.send("do/echo", 3));
    await Promise.all(sent);
    await device.idle();
    expect(device.said("out/done")).toHaveLength(2_000);
    expect(device.host.status()[0]?.handled).toBe(2_000 * 5);
  });

  test("outputs of a plugin that keeps nothing have no name: after a restart the names would come again", async () => {
    const device = await Device.start();
    await device.deploy(variant(puppet, { durability: "memory" }));
    await device.deploy(listener);
    await device.send("do/add", 1);
    await device.restart();
    await device.send("do/add", 1);
    await device.idle();
    expect(device.bus.published.filter(({ topic }) => topic === "out/count").map(({ id }) => id)).toEqual([undefined, undefined]);
    expect(device.said("heard/total").at(-1)).toBe("2");
  });

  test("a plugin that is removed and comes again is heard again", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.deploy(listener);
    await device.send("do/add", 1);
    await device.idle();
    await device.deploys.remove("puppet");
    const { id } = await device.take(puppet);
    await device.deploys.approve(id);
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("heard/total").at(-1)).toBe("2");
  });
});
