import { beforeAll, describe, expect, test } from "vitest";
import { type Built, build } from "./guests.ts";
import { Device, variant } from "./support.ts";

let puppet: Built;
let listener: Built;
beforeAll(async () => {
  [puppet, listener] = (await build("puppet", "listener")) as [Built, Built];
});

async function deadCodes(device: Device): Promise<string[]> {
  return (await device.journal.read("dead.all", "puppet", 100)).map(({ code }) => code);
}

describe("what the manifest does not name", () => {
  test.each(["elsewhere/x", "out/a/b", "steppps/edge/deploy", "$SYS/x", "out/+", "", "out/\0"])(
    "publishing to %j is refused",
    async (topic) => {
      const device = await Device.start({ retry: { waits: [], pauseAfter: 50 } });
      await device.deploy(puppet);
      await device.send("do/publish", topic);
      await device.send("do/add", 1);
      await device.idle();
      const [dead] = await device.journal.read("dead.all", "puppet", 1);
      expect(["E_PLUGIN_DENIED", "E_TOPIC"]).toContain(dead?.code);
      expect(device.bus.published.map((message) => message.topic)).toEqual(["out/count"]);
      expect(device.said("out/count")).toEqual(["1"]);
    },
  );

  test("a wide grant does not reach the control topics", async () => {
    const device = await Device.start({ retry: { waits: [], pauseAfter: 50 } });
    await device.deploy(variant(puppet, { capabilities: { publish: ["#"], timers: true, state: true } }));
    await device.send("do/publish", "steppps/edge/do/remove");
    await device.send("do/publish", "anything/else");
    await device.idle();
    expect(device.bus.published.map((message) => message.topic)).toEqual(["anything/else"]);
  });

  test("a wide filter does not hear the control topics", async () => {
    const device = await Device.start();
    await device.deploy(listener);
    await device.send("steppps/other/deploy", "an envelope");
    await device.idle();
    expect(device.bus.published).toEqual([]);
  });

  test("a filter for control topics is refused at deploy", async () => {
    const device = await Device.start();
    const spy = variant(puppet, { handlers: [{ kind: "message", filter: "steppps/+/events", method: "add" }] });
    await expect(device.deploy(spy)).rejects.toMatchObject({ code: "E_PLUGIN_DENIED" });
  });

  test.each([
    ["timers", "do/timer", "a 1000"],
    ["state", "do/put", "a b"],
  ] as const)("%s is refused", async (capability, topic, payload) => {
    const device = await Device.start({ retry: { waits: [], pauseAfter: 50 } });
    await device.deploy(variant(puppet, { capabilities: { ...puppet.manifest.capabilities, [capability]: false } }));
    await device.send(topic, payload);
    await device.idle();
    expect(await deadCodes(device)).toEqual(["E_PLUGIN_DENIED"]);
  });
});

describe("bounds", () => {
  test("state beyond the limit is refused whole, and what was there stays", async () => {
    const device = await Device.start({ retry: { waits: [], pauseAfter: 50 } });
    await device.deploy(
      variant(puppet, { limits: { ...puppet.manifest.limits, memoryBytes: 2_097_152, effectBytes: 8_000_000 } }),
    );
    await device.send("do/fill", "4 100");
    const before = [...device.host.workflow("puppet").image.entries];
    await device.send("do/fill", "40 100000");
    await device.send("do/add", 1);
    await device.idle();
    expect(await deadCodes(device)).toEqual(["E_GUEST_MEMORY"]);
    const after = [...device.host.workflow("puppet").image.entries].filter(([key]) => key !== "count");
    expect(after).toEqual(before);
    const stored = await device.journal.read("state.all", "puppet");
    expect(new Map(stored.map(({ key, value }) => [key, Buffer.from(value).toString("hex")]))).toEqual(
      new Map([...device.host.workflow("puppet").image.entries].map(([key, value]) => [key, Buffer.from(value).toString("hex")])),
    );
  });

  test("timers are bounded", async () => {
    const device = await Device.start({ retry: { waits: [], pauseAfter: 50 } });
    await device.deploy(variant(puppet, { limits: { ...puppet.manifest.limits, effectBytes: 8_000_000 } }));
    await device.send("do/timers", "0 10000");
    await device.send("do/timers", "0 10000");
    await device.send("do/timers", "9999 10001");
    await device.idle();
    expect(await deadCodes(device)).toEqual(["E_GUEST_EFFECTS"]);
    expect(device.host.status()[0]?.timers).toBe(10_000);
  });

  test("a timer at the end of time is one that never rings, not one that cannot be stored", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/timer", "never 9000000000000000000");
    await device.advance(86_400_000);
    await device.restart();
    expect(device.host.status()[0]?.timers).toBe(1);
    expect(device.said("out/rang")).toEqual([]);
    await device.send("do/cancel", "never");
    expect(device.host.status()[0]?.timers).toBe(0);
  });

  test("dead letters are bounded: the oldest go", async () => {
    const device = await Device.start({ retry: { waits: [], pauseAfter: 1_000_000 } });
    await device.deploy(puppet);
    for (let n = 0; n < 1_250; n += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => device.send("do/reject", n + i)));
    await device.idle();
    const dead = await device.journal.read("dead.all", "puppet", 10_000);
    expect(dead.length).toBeGreaterThanOrEqual(1_000);
    expect(dead.length).toBeLessThan(1_100);
    expect(device.host.status()[0]?.deadLetters).toBe(1_250);
  });

  test("a full inbox refuses messages, and takes them again later", async () => {
    const device = await Device.start({ inbox: { count: 10, bytes: 1_000_000 } });
    await device.deploy(puppet);
    const fates = await Promise.allSettled(Array.from({ length: 30 }, () => device.send("do/add", 1)));
    const refused = fates.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    expect(refused.map(({ reason }) => reason.code)).toEqual(new Array(20).fill("E_PLUGIN_BUSY"));
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count").at(-1)).toBe("11");
  });
});
