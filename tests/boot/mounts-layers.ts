import { strict as assert } from "node:assert";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readGpt } from "../../images/formats/gpt.ts";
import { LAYERS, type Layer } from "../../images/layers/layers.ts";
import { writeLayer } from "../../images/layers/write-layer.ts";
import { readLock } from "../../images/lock/lock.ts";
import { accessTo, emulatedDocument } from "../../images/qemu/access.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import { freePort } from "../../images/qemu/free-port.ts";
import { startTimes } from "../../images/qemu/phases.ts";
import { imagePlaces } from "../../images/steps/places.ts";
import type { LayerReport, LayerStatus } from "../../runtime/contract/index.ts";
import { generateKeys, loadKeys } from "../../runtime/trust/index.ts";
import { type Ended, steppps } from "../support/cli.ts";
import type { Subject } from "./subject.ts";

/** This machine, as the emulator's own network names it. */
const HOST = "10.0.2.2";
const BLOCK = 4096;

/**
 * The layer 'wifi' comes over the network, is mounted, and its wpa_supplicant runs. A stranger's is refused; one whose program fails is
 * taken back. A bit of it that flips on the card is found: it is not mounted and told, the device goes on, and takes it anew.
 */
export async function mountsLayers({ board, image, folder, tools }: Subject): Promise<void> {
  const keys = join(folder, "keys");
  await mkdir(folder, { recursive: true });
  const access = accessTo(folder, board.name.replaceAll("_", "-"));
  const port = await freePort(0);
  const forwards = [{ host: port, device: 1883 }];
  const device = new EmulatedDevice({ arch: board.arch, folder, firmware: board.bootControl !== "direct", forwards }, tools);
  await device.insert(image);
  await (await device.card()).writeText("steppps.yaml", await emulatedDocument(access, keys));
  const wifi = LAYERS.find(({ name }) => name === "wifi");
  assert.ok(wifi);
  const write = async (layer: Layer, version: string, signer = loadKeys(keys)) => {
    const file = join(folder, `${signer.public.id.slice(0, 8)}-${version}.layer`);
    await writeLayer(layer, { arch: board.arch, version, file }, signer, readLock(), tools, imagePlaces());
    return file;
  };
  const good = await write(wifi, "1.0.0");
  const foreign = await write(wifi, "1.0.1", generateKeys());
  const failing = await write({ ...wifi, health: ["/usr/sbin/wpa_supplicant", "-c/nowhere", "-inothing"] }, "1.0.2");
  const broker = `mqtt://${access.user}:${access.password}@127.0.0.1:${port}`;
  const ask = (...args: string[]) =>
    steppps([...args, "--json", "--device", access.device, "--broker", broker, "--timeout", "1m"], {
      data: join(folder, "data"),
      env: { STEPPPS_KEYS: keys },
    });
  const add = (file: string) => ask("layer", "add", file, "--serve-as", HOST);
  const list = async () => (resultOf(await ask("layer", "list")) as LayerStatus).layers.map(pick);
  const mounted = { name: "wifi", version: "1.0.0", state: "mounted" };
  const { console } = device;
  try {
    await device.start();
    await startTimes(console, 0);
    await console.line(/network\.changed .* 10\.0\.2\./);
    assert.deepEqual(pick(resultOf(await add(good)) as LayerReport), mounted);
    assert.equal(errorOf(await add(foreign)), "E_ENVELOPE_SIGNER");
    assert.equal(errorOf(await add(failing)), "E_LAYER_HEALTH");
    assert.deepEqual(await list(), [mounted]);

    await device.cutPower();
    await flipBit(device.disk, good);
    const before = console.lines.length;
    await device.start();
    await startTimes(console, before);
    await console.line(/network\.changed .* 10\.0\.2\./, before);
    assert.deepEqual(await list(), [{ ...mounted, state: "failed" }]);
    const { troubles } = resultOf(await ask("status")) as { troubles: readonly { code?: string }[] };
    assert.deepEqual(
      troubles.map(({ code }) => code),
      ["E_LAYER_DAMAGED"],
    );
    assert.deepEqual(pick(resultOf(await add(good)) as LayerReport), mounted);
    assert.equal(device.starts, 2);

    assert.deepEqual((resultOf(await ask("layer", "remove", "wifi")) as LayerStatus).layers, []);
  } finally {
    await device.cutPower();
  }
  const panics = console.lines.filter((line) => /Kernel panic/.test(line));
  assert.deepEqual(panics, []);
}

/** Of the layer's first block, wherever on the data partition that lies: within erofs' superblock, which is at 1024. */
async function flipBit(disk: string, layer: string): Promise<void> {
  const file = await readFile(layer);
  const head = Math.ceil((12 + file.readUInt32LE(8)) / BLOCK) * BLOCK;
  const wanted = file.subarray(head, head + BLOCK);
  const data = (await readGpt(disk)).find(({ name }) => name === "data");
  assert.ok(data);
  await using card = await open(disk, "r+");
  const piece = Buffer.alloc(1 << 20);
  for (let at = data.offset; ; at += piece.length) {
    const { bytesRead } = await card.read(piece, 0, piece.length, at);
    assert.ok(bytesRead > 0, "the layer is nowhere on the card");
    for (let block = 0; block + BLOCK <= bytesRead; block += BLOCK) {
      if (!piece.subarray(block, block + BLOCK).equals(wanted)) continue;
      await card.write(Buffer.from([(wanted[1100] ?? 0) ^ 1]), 0, 1, at + block + 1100);
      return;
    }
  }
}

function pick({ name, version, state }: LayerReport) {
  return { name, version, state };
}

function resultOf({ code, stdout, stderr }: Ended): unknown {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** The code of the error that a command failed with. */
function errorOf({ code, stdout, stderr }: Ended): string {
  assert.equal(code, 1, stdout + stderr);
  return JSON.parse(stderr).error.code;
}
