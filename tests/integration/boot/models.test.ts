import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { providerSources } from "../../../runtime/boot/inferences.ts";
import { ModelFiles } from "../../../runtime/boot/model-files.ts";
import { DeviceModels } from "../../../runtime/boot/models.ts";
import { encodeTensors, type ModelManifest, StepppsError, type SystemEvent } from "../../../runtime/contract/index.ts";
import { encodeModelFile } from "../../../runtime/inference/model-file.ts";
import { Models } from "../../../runtime/inference/models.ts";
import { numbersOf } from "../../../runtime/inference/numbers.ts";
import { type Files, linuxFiles, systemClock } from "../../../runtime/platform/index.ts";
import { generateKeys, type KeyPair, openModel, signModel } from "../../../runtime/trust/index.ts";
import { doublingModel, floats } from "../../support/sample-model.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const keys = generateKeys();
const fileOf = (changes: Partial<ModelManifest> = {}, by: KeyPair = keys) => {
  const { manifest, onnx } = doublingModel(changes);
  return encodeModelFile({ envelope: signModel(manifest, by), onnx });
};
const id = (digit: string) => digit.repeat(64);
/** Golden vectors that no doubling gives. */
const WRONG = { golden: [{ inputs: encodeTensors([floats([1, 2], [1, 1])]), outputs: encodeTensors([floats([1, 2], [2, 3])]) }] };

let folder: ReturnType<typeof tempFolder>;
let open: { models: Models; device: DeviceModels; events: Omit<SystemEvent, "time">[] }[];

beforeEach(() => {
  folder = tempFolder("models");
  open = [];
});
afterEach(async () => {
  for (const { models, device } of open) {
    await device.close();
    await models.close();
  }
  folder[Symbol.dispose]();
});

/** A device that starts, with the models that lie in the folder. */
async function started(disk: Files = linuxFiles()) {
  const clock = systemClock();
  const models = new Models({
    clock,
    providers: providerSources({ clock, parts: undefined }).filter(({ name }) => name === "wasm"),
  });
  const events: Omit<SystemEvent, "time">[] = [];
  const device = new DeviceModels({
    files: new ModelFiles(folder.path, disk),
    authority: {
      model: async (envelope) => openModel(envelope, [keys.public]),
      storedModel: (envelope) => openModel(envelope, [keys.public]),
      raiseModel: async () => {},
    },
    models,
    events: { emit: (event) => events.push(event) },
    version: "1.2.0",
    memoryBytes: 2 ** 22,
  });
  const all = { models, device, events };
  open.push(all);
  await device.begin();
  return all;
}

/** What the model makes of 1 and 2, and which version did. */
async function ask(models: Models) {
  const { outputs, model } = await models.infer({
    model: "double",
    inputs: [floats([1, 2], [1, 2])],
    deadline: 30_000,
    owner: "test",
  });
  return { gave: outputs[0] && [...Array.from(numbersOf(outputs[0]))], version: model.version };
}

test("a model that is deployed answers, also after a restart", async () => {
  const { device, models } = await started();
  await expect(ask(models)).rejects.toThrow(expect.objectContaining({ code: "E_INFER_MODEL" }));
  expect(await device.deploy(id("a"), fileOf())).toMatchObject({
    name: "double",
    version: "1.0.0",
    state: "ready",
    provider: "wasm",
  });
  expect(await ask(models)).toEqual({ gave: [2, 4], version: "1.0.0" });
  expect(await ask((await started()).models)).toEqual({ gave: [2, 4], version: "1.0.0" });
});

test("the next version takes over, and a rollback brings the one before back, once", async () => {
  const { device, models } = await started();
  await device.deploy(id("a"), fileOf());
  await device.deploy(id("b"), fileOf({ version: "1.1.0" }));
  expect((await ask(models)).version).toBe("1.1.0");
  await device.deploy(id("b"), fileOf({ version: "1.1.0" }));
  expect((await device.rollback("double")).version).toBe("1.0.0");
  expect((await ask(models)).version).toBe("1.0.0");
  expect((await ask((await started()).models)).version).toBe("1.0.0");
  await expect(device.rollback("double")).rejects.toThrow(expect.objectContaining({ code: "E_MODEL_UNKNOWN" }));
});

test("only the version at work and the one before are kept", async () => {
  const { device } = await started();
  for (const [at, digit] of ["a", "b", "c"].entries()) await device.deploy(id(digit), fileOf({ version: `1.${at}.0` }));
  expect(readdirSync(folder.path).sort()).toEqual([`${id("b")}.model`, `${id("c")}.model`, "models.json"]);
  await device.remove("double");
  expect(readdirSync(folder.path)).toEqual(["models.json"]);
  expect(device.status).toEqual([]);
});

describe("what doesn't fit is refused, and the version before goes on", () => {
  test.each<[string, () => Uint8Array, string]>([
    ["golden vectors", () => fileOf({ version: "2.0.0", ...WRONG }), "E_MODEL_GOLDEN"],
    ["somebody else's signature", () => fileOf({ version: "2.0.0" }, generateKeys()), "E_ENVELOPE_SIGNER"],
    ["another file behind the envelope", () => fileOf().with(-1, 0xee), "E_MODEL_CONTENT"],
    [
      "a manifest of another schema",
      () => fileOf({ inputs: [{ name: "x", dtype: "float32", dims: [-1, 3] }] }),
      "E_MODEL_SCHEMA",
    ],
    ["a newer system that it needs", () => fileOf({ minimum: "1.3.0" }), "E_MODEL_MINIMUM"],
    ["more memory than there is for models", () => fileOf({ name: "big", memoryBytes: 2 ** 22 }), "E_MODEL_MEMORY"],
    ["what is no model", () => new Uint8Array(5000), "E_MODEL"],
  ])("%s", async (_, file, code) => {
    const { device, models } = await started();
    await device.deploy(id("a"), fileOf());
    await expect(device.deploy(id("b"), file())).rejects.toThrow(expect.objectContaining({ code }));
    expect(await ask(models)).toEqual({ gave: [2, 4], version: "1.0.0" });
    expect(readdirSync(folder.path).sort()).toEqual([`${id("a")}.model`, "models.json"]);
  });
});

test("a file that somebody puts into the folder is taken at the next start", async () => {
  await started();
  writeFileSync(join(folder.path, "from-a-stick.model"), fileOf());
  writeFileSync(join(folder.path, "strangers.model"), fileOf({ name: "strange" }, generateKeys()));
  const { models, events, device } = await started();
  expect((await ask(models)).version).toBe("1.0.0");
  expect(events).toContainEqual(expect.objectContaining({ kind: "model.refused", code: "E_ENVELOPE_SIGNER" }));
  expect(device.status.map(({ name, file }) => ({ name, file }))).toEqual([{ name: "double", file: "from-a-stick.model" }]);
});

test("a file that was damaged meanwhile: the version before answers, and it is said", async () => {
  const { device } = await started();
  await device.deploy(id("a"), fileOf());
  await device.deploy(id("b"), fileOf({ version: "1.1.0" }));
  writeFileSync(join(folder.path, `${id("b")}.model`), fileOf({ version: "1.1.0" }).with(-1, 0xee));
  const again = await started();
  expect((await ask(again.models)).version).toBe("1.0.0");
  expect(again.events).toContainEqual(expect.objectContaining({ kind: "model.refused", code: "E_MODEL_CONTENT" }));
});

test("a deploy that was cut short before its index was written goes on at the next start", async () => {
  await (await started()).device.deploy(id("a"), fileOf());
  writeFileSync(join(folder.path, `${id("b")}.model`), fileOf({ version: "1.1.0" }));
  expect((await ask((await started()).models)).version).toBe("1.1.0");
});

test("an index that is damaged counts as none: the files are taken as they are", async () => {
  await (await started()).device.deploy(id("a"), fileOf());
  writeFileSync(join(folder.path, "models.json"), '{"models": {"double": {"file": "../../etc/passwd"}}, "gone": []}');
  expect((await ask((await started()).models)).version).toBe("1.0.0");
});

test("versions that are swapped while requests come lose none, and no answer of the old one comes after one of the new", async () => {
  const { device, models } = await started();
  await device.deploy(id("a"), fileOf());
  const versions: string[] = [];
  let over = false;
  const load = (async () => {
    while (!over) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(models)));
      versions.push(...answers.map(({ version }) => version));
    }
  })();
  for (const [at, digit] of ["b", "c", "d"].entries()) {
    await expect.poll(() => versions.at(-1)).toBe(`1.${at}.0`);
    await device.deploy(id(digit), fileOf({ version: `1.${at + 1}.0` }));
  }
  await expect.poll(() => versions.at(-1)).toBe("1.3.0");
  over = true;
  await load;
  expect(versions).toEqual(versions.toSorted());
  expect(new Set(versions)).toEqual(new Set(["1.0.0", "1.1.0", "1.2.0", "1.3.0"]));
});

test.each([0, 1, 2, 3])(
  "a disk that takes no more after %i writes of a deploy: one of both versions answers then and after a restart",
  async (writes) => {
    await (await started()).device.deploy(id("a"), fileOf());
    await (await started()).device.deploy(id("b"), fileOf({ version: "1.1.0" }));
    let left = writes;
    const real = linuxFiles();
    const changes =
      <A extends unknown[]>(change: (...args: A) => Promise<void>) =>
      async (...args: A) => {
        if (left-- <= 0) throw new StepppsError("E_DISK_FULL", String(args[0]));
        return change(...args);
      };
    const full: Files = { ...real, write: changes(real.write), remove: changes(real.remove) };
    const { device, models } = await started(full);
    const deployed = await device.deploy(id("c"), fileOf({ version: "1.2.0" })).then(
      () => true,
      () => false,
    );
    const { version } = await ask(models);
    expect(["1.1.0", "1.2.0"]).toContain(version);
    if (deployed) expect(version).toBe("1.2.0");
    const again = await started();
    expect(["1.1.0", "1.2.0"]).toContain((await ask(again.models)).version);
    if (deployed) expect((await ask(again.models)).version).toBe("1.2.0");
    // Whichever it is, the one before it can be had
    expect(["1.0.0", "1.1.0"]).toContain((await again.device.rollback("double")).version);
  },
);

test("a rollback holds, also where the file of what was taken back could not be removed", async () => {
  const { device } = await started();
  await device.deploy(id("a"), fileOf());
  await device.deploy(id("b"), fileOf({ version: "1.1.0" }));
  await device.close();
  const stuck: Files = { ...linuxFiles(), remove: async (path) => Promise.reject(new StepppsError("E_FILE", path)) };
  await (await started(stuck)).device.rollback("double");
  expect(readdirSync(folder.path)).toContain(`${id("b")}.model`);
  expect((await ask((await started()).models)).version).toBe("1.0.0");
  expect(readdirSync(folder.path)).not.toContain(`${id("b")}.model`);
});
