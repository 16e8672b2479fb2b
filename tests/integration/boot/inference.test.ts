import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { encodeModelFile } from "../../../runtime/inference/model-file.ts";
import { signModel } from "../../../runtime/trust/index.ts";
import { doublingModel } from "../../support/sample-model.ts";
import { type Built, build } from "../script/guests.ts";
import { Home } from "./support.ts";

let asker: Built;
beforeAll(async () => {
  [asker] = (await build("asker")) as [Built];
});

const LIMIT = { timeout: 60_000 };

/** A device with the model `double`, which doubles, in its folder. */
async function homeWithModel(document = ""): Promise<Home> {
  const home = await Home.make();
  const { manifest, onnx } = doublingModel();
  const folder = join(home.path, "models");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "double.model"), encodeModelFile({ envelope: signModel(manifest, home.keys), onnx }));
  await writeFile(join(home.path, "steppps.yaml"), document);
  return home;
}

/** What comes on topics from now on, in order. */
async function heard(home: Home, ...topics: string[]) {
  const client = await home.client();
  const all: { topic: string; value: Record<string, unknown> }[] = [];
  client.on("message", (topic, payload) => all.push({ topic, value: JSON.parse(payload.toString()) }));
  await client.subscribeAsync(topics, { qos: 1 });
  return { client, all };
}

test("a plugin asks a model that lies on the disk, through MQTT and back, and does so after a restart", async () => {
  const home = await homeWithModel();
  await home.start();
  expect(await home.deploy(asker)).toMatchObject({ outcome: "done" });
  const first = await heard(home, "out/told");
  await first.client.publishAsync("ask/numbers", "one 1 2", { qos: 1 });
  await expect.poll(() => first.all.length, LIMIT).toBe(1);
  expect(first.all[0]?.value).toMatchObject({ tag: "one", model: "double", values: [2, 4], told: 1 });
  await home.stop();
  await home.start();
  const second = await heard(home, "out/told");
  // Asked before the models of the start are loaded: it waits for them.
  await second.client.publishAsync("ask/numbers", "two 3 4", { qos: 1 });
  await expect.poll(() => second.all.length, LIMIT).toBe(1);
  expect(second.all[0]?.value).toMatchObject({ tag: "two", values: [6, 8], told: 2 });
});

test("a step takes what a plugin says through a model, and a plugin takes the step's answer", async () => {
  const home = await homeWithModel(
    "inference: [{ from: out/told, fields: [told, told], model: double, to: ask/payload, withinMs: 30000 }]\n",
  );
  const supervisor = await home.start();
  await supervisor.settled;
  expect(await home.deploy(asker)).toMatchObject({ outcome: "done" });
  const client = await home.client();
  const said: string[] = [];
  client.on("message", (topic, payload) => void said.push(`${topic} ${payload}`));
  await client.subscribeAsync("out/length", { qos: 1 });
  await client.publishAsync("ask/numbers", "one 1 2", { qos: 1 });
  // The plugin was given the step's answer, and asked a model that isn't there about it.
  await expect.poll(() => said, LIMIT).toEqual(["out/length E_INFER_MODEL"]);
});

test("a step answers each message with a result, or with the reason why there is none", async () => {
  const home = await homeWithModel("inference:\n  - { from: raw/+, model: double, to: 'made/{1}', withinMs: 30000 }\n");
  const supervisor = await home.start();
  await supervisor.settled;
  const { client, all } = await heard(home, "made/#");
  await client.publishAsync("raw/pump", "[1.5, -2]", { qos: 1 });
  await client.publishAsync("raw/pump", '"nothing"', { qos: 1 });
  await expect.poll(() => all.length, LIMIT).toBe(2);
  expect(all.map(({ topic }) => topic)).toEqual(["made/pump", "made/pump"]);
  const answers = all.map(({ value }) => value);
  expect(answers).toContainEqual(expect.objectContaining({ model: "double", outputs: expect.objectContaining({}) }));
  expect(answers).toContainEqual({ model: "double", error: { code: "E_INFER_SHAPE", detail: expect.any(String) } });
});

test("a step that is written into the document comes into force at once, and goes at once", async () => {
  const home = await homeWithModel();
  const supervisor = await home.start();
  await supervisor.settled;
  const { client, all } = await heard(home, "made");
  const document = join(home.path, "steppps.yaml");
  await writeFile(document, "inference: [{ from: raw, model: double, to: made, withinMs: 30000 }]\n");
  await supervisor.reload();
  await client.publishAsync("raw", "[1, 2]", { qos: 1 });
  await expect.poll(() => all.length, LIMIT).toBe(1);
  await writeFile(document, "inference: [{ from: raw, model: double, to: made }, { from: a/+, model: double, to: a/b }]\n");
  await supervisor.reload();
  await client.publishAsync("raw", "[1, 2]", { qos: 1 });
  await expect.poll(() => all.length, LIMIT).toBe(2);
  await writeFile(document, "");
  await supervisor.reload();
  await client.publishAsync("raw", "[1, 2]", { qos: 1 });
  // What the device does in answer to the next question comes after what it would have done before.
  expect(await home.ask("status")).toBeDefined();
  expect(all).toHaveLength(2);
});
