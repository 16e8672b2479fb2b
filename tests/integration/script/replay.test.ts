import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Code,
  type RecordingItem,
  readPage,
  readRecording,
  replay,
  successor,
  v8Engine,
  writeRecording,
} from "../../../runtime/script/index.ts";
import { openPackage } from "../../../runtime/trust/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { type Built, build } from "./guests.ts";
import { HeldModels } from "./models.ts";
import { Device, variant } from "./support.ts";

let puppet: Built;
let puppet2: Built;
let asker: Built;
beforeAll(async () => {
  [puppet, asker] = (await build("puppet", "asker")) as [Built, Built];
  puppet2 = variant(puppet, { version: "1.1.0" });
});

/** What the device answers, page by page, as the command line asks for it. */
async function* recording({ journal, host }: Device, plugin: string, from?: number): AsyncGenerator<RecordingItem> {
  const { settings } = host.workflow(plugin).version;
  let page = await readPage(journal, { plugin, settings, ...(from !== undefined && { from }) });
  for (;;) {
    yield* page.items;
    if (!page.next) return;
    page = await readPage(journal, { plugin, settings, cursor: page.next });
  }
}

async function again(device: Device, items: AsyncIterable<RecordingItem>, other?: Code) {
  const open = (envelope: Uint8Array) => openPackage(envelope, device.owners);
  return replay(items, { engine: v8Engine(), open, limit: 10, ...(other && { other: successor(other) }) });
}

describe("a replay", () => {
  test("gives the recorded effects, whatever was handled together", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 40 }, () => device.send("do/add", 1)));
    await device.idle();
    expect(await again(device, recording(device, "puppet"))).toMatchObject({
      versions: ["1.0.0"],
      inputs: 200,
      differing: 0,
      differences: [],
    });
  });

  test("has the answers of models that were recorded, and asks none", async () => {
    const models = new HeldModels();
    const device = await Device.start({ inferences: models });
    await device.deploy(asker);
    await device.send("ask/chain", 1);
    await device.send("ask/payload", "abc");
    await device.send("ask/bad");
    await device.idle();
    const ran = models.asked.length;
    expect(await again(device, recording(device, "asker"))).toMatchObject({ inputs: 3 + ran, differing: 0, differences: [] });
    expect(models.asked).toHaveLength(ran);
  });

  test("goes through a change of version and a restart, each part from the state it began with", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await Promise.all(Array.from({ length: 10 }, () => device.send("do/add", 1)));
    await device.deploy(puppet2);
    await Promise.all(Array.from({ length: 10 }, () => device.send("do/add", 1)));
    await device.idle();
    await device.restart();
    await device.send("do/add", 1);
    await device.idle();
    expect(await again(device, recording(device, "puppet"))).toMatchObject({
      versions: ["1.0.0", "1.1.0"],
      inputs: 21,
      differing: 0,
    });
  });

  test("goes through a rollback: what was handled again is replayed as it was", async () => {
    const device = await Device.start({ gate: 3_600_000 });
    await device.deploy(puppet);
    await Promise.all(Array.from({ length: 10 }, () => device.send("do/add", 1)));
    await device.deploy(puppet2);
    await Promise.all(Array.from({ length: 10 }, () => device.send("do/add", 1)));
    await device.idle();
    await device.deploys.rollback("puppet");
    await device.idle();
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count").at(-1)).toBe("21");
    const replayed = await again(device, recording(device, "puppet"));
    expect(replayed).toMatchObject({ differing: 0 });
    expect(replayed.versions.at(-1)).toBe("1.0.0");
  });

  test("from a time on begins at the checkpoint before it", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await Promise.all(Array.from({ length: 10 }, () => device.send("do/add", 1)));
    await device.idle();
    device.clock.advance(3_600_000);
    await device.deploy(puppet2);
    await device.send("do/add", 1);
    await device.idle();
    const now = device.clock.now();
    expect(await again(device, recording(device, "puppet", now))).toMatchObject({ versions: ["1.1.0"], inputs: 1, differing: 0 });
    // Ten messages, the schedule that came due meanwhile, one message.
    expect(await again(device, recording(device, "puppet", now - 1_800_000))).toMatchObject({ inputs: 12, differing: 0 });
  });

  test("by another version tells what it does otherwise", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await Promise.all(Array.from({ length: 3 }, () => device.send("do/add", 1)));
    await device.idle();
    expect(await again(device, recording(device, "puppet"), puppet2)).toMatchObject({ inputs: 3, differing: 0 });
    // The same code without the handler that counts.
    const handlers = puppet.manifest.handlers.filter((handler) => !(handler.kind === "message" && handler.filter === "do/add"));
    expect(handlers.length).toBe(puppet.manifest.handlers.length - 1);
    const less = variant(puppet, { version: "1.2.0", handlers });
    const replayed = await again(device, recording(device, "puppet"), less);
    expect(replayed.differing).toBe(3);
    expect(replayed.differences[0]).toMatchObject({ seq: 0, after: [] });
    expect(replayed.differences[0]?.before[0]).toMatch(/^publish out\/count 1/);
  });

  test("of a saved recording is the same, and refuses code that nobody trusted signed", async () => {
    using folder = tempFolder("replay");
    const device = await Device.start();
    await device.deploy(puppet);
    await Promise.all(Array.from({ length: 50 }, () => device.send("do/add", 1)));
    await device.idle();
    const file = join(folder.path, "puppet.recording");
    await writeRecording(file, { plugin: "puppet", device: "device", taken: 0 }, recording(device, "puppet"));
    expect(await again(device, (await readRecording(file)).items)).toMatchObject({ inputs: 50, differing: 0 });
    const stranger = await Device.start();
    await expect(again(stranger, (await readRecording(file)).items)).rejects.toMatchObject({ code: "E_ENVELOPE_SIGNER" });
  });
});
