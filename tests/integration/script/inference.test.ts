import { beforeAll, describe, expect, test } from "vitest";
import { FaultyJournal } from "./faulty-journal.ts";
import { type Built, build } from "./guests.ts";
import { HeldModels } from "./models.ts";
import { Device, variant } from "./support.ts";

let asker: Built;
beforeAll(async () => {
  [asker] = (await build("asker")) as [Built];
});

const told = (device: Device) => device.said("out/told").map((text) => JSON.parse(text));

async function start(options: Partial<Parameters<typeof Device.start>[0]> = {}) {
  const models = new HeldModels();
  const device = await Device.start({ inferences: models, ...options });
  return { device, models };
}

describe("a plugin asks a model", () => {
  test("and is told what it made of the numbers, with the tag", async () => {
    const { device, models } = await start();
    await device.deploy(asker);
    await device.send("ask/numbers", "first 1 2.5 -3");
    await device.idle();
    expect(told(device)).toEqual([{ tag: "first", model: "double", values: [2, 5, -6], dims: [1, 3], told: 1 }]);
    expect(models.asked).toMatchObject([{ model: "double", owner: "asker", deadline: 5000 }]);
    expect(await device.journal.read("inference.all", "asker")).toEqual([]);
  });

  test("of the payload, which the guest never copies", async () => {
    const { device } = await start();
    await device.deploy(asker);
    await device.send("ask/payload", new Uint8Array(70_000));
    await device.idle();
    expect(device.said("out/length")).toEqual(["70000.0 wasm 1.0.0"]);
  });

  test("and is told why there is no result", async () => {
    const { device } = await start();
    await device.deploy(asker);
    await device.send("ask/bad");
    await device.idle();
    expect(told(device)).toEqual([{ tag: "bad", model: "double", code: "E_INFER_SHAPE" }]);
  });

  test("on a device that has none", async () => {
    const device = await Device.start();
    await device.deploy(asker);
    await device.send("ask/numbers", "a 1");
    await device.idle();
    expect(told(device)).toEqual([{ tag: "a", model: "double", code: "E_INFER_MODEL" }]);
  });

  test.each([
    ["a tag of 1024 bytes is taken", 1024, 1],
    ["a longer one is refused", 1025, 0],
  ])("with a tag: %s", async (_, bytes, answers) => {
    const { device, models } = await start();
    await device.deploy(asker);
    await device.send("ask/numbers", `${"t".repeat(bytes)} 1`);
    await device.advance(60_000);
    expect(models.asked).toHaveLength(answers);
    expect(told(device)).toHaveLength(answers);
    expect(await device.journal.read("dead.all", "asker", 10)).toHaveLength(1 - answers);
  });

  test("which its manifest does not name: nothing is asked", async () => {
    const { device, models } = await start();
    const { publish, timers, state } = asker.manifest.capabilities;
    await device.deploy(variant(asker, { capabilities: { publish, timers, state, infer: ["length"] } }));
    await device.send("ask/numbers", "a 1");
    await device.advance(60_000);
    expect(models.asked).toEqual([]);
    expect(await device.journal.read("dead.all", "asker", 10)).toMatchObject([{ code: "E_PLUGIN_DENIED" }]);
  });

  test("more often than may wait: the input that asks too much is tried later, the others go on", async () => {
    const { device, models } = await start();
    await device.deploy(asker);
    models.held = true;
    await device.send("ask/many", 250);
    await device.send("ask/many", 10);
    expect(models.asked).toHaveLength(250);
    models.release();
    await device.advance(60_000);
    expect(models.asked).toHaveLength(260);
    expect(told(device)).toHaveLength(260);
  });

  test("as often as may be, and of each answer once more: one that is answered makes room", async () => {
    const { device, models } = await start();
    await device.deploy(asker);
    models.held = true;
    for (let n = 0; n < 256; n++) await device.send("ask/chain", 1);
    models.release();
    await device.idle();
    expect(told(device)).toHaveLength(256 * 10);
    expect(device.host.workflow("asker").counts.failures).toBe(0);
  });

  test("and of the answer once more, over and over", async () => {
    const { device } = await start();
    await device.deploy(asker);
    await device.send("ask/chain", 1);
    await device.idle();
    expect(told(device).map(({ values }) => values[0])).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
  });
});

describe("nothing asked is lost, and nothing answered twice", () => {
  test("a crash before the answer: it is run again", async () => {
    const { device, models } = await start();
    await device.deploy(asker);
    models.held = true;
    await device.send("ask/numbers", "a 1");
    await device.send("ask/numbers", "b 2");
    expect(await device.journal.read("inference.all", "asker")).toMatchObject([
      { seq: 0, place: 0, model: "double", tag: "a", deadline: 5000 },
      { seq: 1, place: 0, model: "double", tag: "b", deadline: 5000 },
    ]);
    await device.restart();
    expect(models.asked).toHaveLength(4);
    models.release();
    await device.idle();
    expect(told(device)).toMatchObject([
      { tag: "a", values: [2], told: 1 },
      { tag: "b", values: [4], told: 2 },
    ]);
    await device.restart();
    await device.idle();
    expect(told(device)).toEqual([]);
    expect(models.asked).toHaveLength(4);
  });

  test("a restart that takes longer than the deadline: it is told so", async () => {
    const { device, models } = await start();
    await device.deploy(asker);
    models.held = true;
    await device.send("ask/numbers", "a 1");
    await device.stop();
    device.clock.advance(5_000);
    await device.boot();
    await device.idle();
    expect(told(device)).toEqual([{ tag: "a", model: "double", code: "E_INFER_DEADLINE" }]);
  });

  test("a plugin that keeps nothing forgets what it asked, too", async () => {
    const { device, models } = await start();
    await device.deploy(variant(asker, { durability: "memory" }));
    models.held = true;
    await device.send("ask/numbers", "a 1");
    expect(await device.journal.read("inference.all", "asker")).toEqual([]);
    await device.restart();
    models.release();
    await device.idle();
    expect(told(device)).toEqual([]);
    await device.send("ask/numbers", "b 1");
    await device.idle();
    expect(told(device)).toMatchObject([{ tag: "b", told: 1 }]);
  });

  test("a commit that fails: what was asked with it is forgotten, and asked again when the input is handled again", async () => {
    const journal = await FaultyJournal.open();
    const { device, models } = await start({ journal });
    await device.deploy(asker);
    journal.failOnce = "inference.set";
    const sent = device.send("ask/numbers", "a 1");
    await journal.failed(1);
    await device.advance(20_000);
    await sent;
    await device.idle();
    expect(told(device)).toMatchObject([{ tag: "a", values: [2], told: 1 }]);
    expect(models.asked).toHaveLength(2);
    expect(await journal.read("inference.all", "asker")).toEqual([]);
  });

  test("a commit of an answer that fails: it is run again, and told once", async () => {
    const journal = await FaultyJournal.open();
    const { device, models } = await start({ journal });
    await device.deploy(asker);
    journal.failOnce = "inference.delete";
    await device.send("ask/numbers", "a 1");
    await journal.failed(1);
    await device.advance(20_000);
    await device.idle();
    expect(told(device)).toMatchObject([{ tag: "a", values: [2], told: 1 }]);
    expect(models.asked).toHaveLength(2);
    expect(await journal.read("inference.all", "asker")).toEqual([]);
  });

  test("an answer that comes while a failed commit is mended is not told beside that of the second run", async () => {
    const journal = await FaultyJournal.open();
    const { device, models } = await start({ journal });
    await device.deploy(asker);
    models.held = true;
    await device.send("ask/numbers", "a 1");
    journal.failOnce = "batch.add";
    const sent = device.send("ask/numbers", "b 2");
    await journal.failed(1);
    models.release();
    await device.advance(20_000);
    await sent;
    await device.idle();
    expect(told(device).map(({ tag, told: count }) => `${tag} ${count}`)).toEqual(["a 1", "b 2"]);
  });

  test("an answer is not told before what was asked is on disk", async () => {
    const journal = await FaultyJournal.open();
    const { device, models } = await start({ journal });
    await device.deploy(asker);
    await device.idle();
    journal.hold();
    const sent = device.send("ask/numbers", "a 1");
    while (models.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(device.host.workflow("asker").seq).toBe(1);
    journal.release();
    await sent;
    await device.idle();
    expect(device.host.workflow("asker").seq).toBe(2);
    expect(told(device)).toMatchObject([{ tag: "a", values: [2] }]);
  });
});
