import { decode } from "cbor-x";
import { beforeAll, expect, test } from "vitest";
import { type Built, buildSources } from "../guests.ts";
import { HeldModels } from "../models.ts";
import { Device } from "../support.ts";

const GATE = 10_000;
const ROOMS = Array.from({ length: 20 }, (_, i) => `room-${i}`);

const source = (version: string, more = "") => `
import { infer, inference, InferenceResult, Message, on, state, Tensor, workflow } from "steppps";

@workflow({ version: "${version}" })
class Rooms {
  @state asked: i64 = 0;
  @state told: i64 = 0;
  @state sum: i64 = 0;

  @on("in/+")
  add(message: Message): void {
    this.asked++;
    infer("double", Tensor.f32([<f32>parseFloat(message.text())], [1, 1]), message.level(1), 60000);
  }

  @inference("double")
  onDouble(result: InferenceResult): void {
    this.told++;
    this.sum += <i64>result.output().at(0);
    ${more}
  }
}
`;

let first: Built;
let good: Built;
let bad: Built;
beforeAll(async () => {
  const sources = [source("1.0.0"), source("2.0.0"), source("2.0.0", "if (result.output().at(0) == 10) unreachable();")];
  [first, good, bad] = (await buildSources(...sources)) as [Built, Built, Built];
});

async function start() {
  const models = new HeldModels();
  const device = await Device.start({ gate: GATE, inferences: models });
  await device.deploy(first);
  const send = async (n: number) => {
    for (const room of ROOMS) await device.send(`in/${room}`, n);
  };
  const known = () => {
    const entries = [...device.host.workflow("rooms").image.entries].map(([key, value]) => [key, Number(decode(value))]);
    return Object.fromEntries(entries);
  };
  return { models, device, send, known };
}

test("when a trial is over, every question of its inputs is answered once, by what was recorded or by a run", async () => {
  const { models, device, send, known } = await start();
  await send(1);
  await device.idle();
  await device.take(good, { canary: 50 });
  await send(2);
  await device.idle();
  const ran = models.asked.length;
  await device.advance(GATE + 3_000);
  expect(device.reports.map(({ outcome }) => outcome)).toEqual(["done", "running", "probation"]);
  // All of it had been answered before.
  expect(models.asked).toHaveLength(ran);
  expect(known()).toEqual({ asked: 40, told: 40, sum: 20 * 2 + 20 * 4 });
  await device.advance(GATE + 3_000);
  await send(3);
  await device.idle();
  expect(known()).toEqual({ asked: 60, told: 60, sum: 20 * (2 + 4 + 6) });
  expect(await device.journal.read("inference.all", "rooms")).toEqual([]);
});

test("a trial that fails at an answer is dropped; the version at work is told what the trial could not take", async () => {
  const { device, send, known } = await start();
  await device.take(bad, { canary: 50 });
  await send(4);
  await send(5);
  await device.idle();
  await device.advance(3_000);
  expect(device.reports.at(-1)).toMatchObject({ step: "canary", outcome: "rolled-back" });
  await device.advance(60_000);
  expect(device.host.status()[0]).toMatchObject({ version: "1.0.0" });
  expect(known()).toEqual({ asked: 40, told: 40, sum: 20 * 8 + 20 * 10 });
  expect(await device.journal.read("inference.all", "rooms")).toEqual([]);
});
