import { strict as assert } from "node:assert";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LAYERS, type Layer } from "../../../images/layers/layers.ts";
import { writeLayer } from "../../../images/layers/write-layer.ts";
import { readLock } from "../../../images/lock/lock.ts";
import { accessTo, emulatedDocument } from "../../../images/qemu/access.ts";
import { EmulatedDevice } from "../../../images/qemu/emulated-device.ts";
import { freePort } from "../../../images/qemu/free-port.ts";
import { startTimes } from "../../../images/qemu/phases.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import type { LayerReport, LayerStatus } from "../../../runtime/contract/index.ts";
import { loadKeys } from "../../../runtime/trust/index.ts";
import { type Ended, steppps } from "../../support/cli.ts";
import type { Subject } from "../subject.ts";

/** This machine, as the emulator's own network names it. */
const HOST = "10.0.2.2";

/** A device, and a person with the command line who brings layers to it. */
export async function layerDevice({ board, image, folder, tools }: Subject, more = "") {
  const keys = join(folder, "keys");
  await mkdir(folder, { recursive: true });
  const access = accessTo(folder, board.name.replaceAll("_", "-"));
  const port = await freePort(0);
  const forwards = [{ host: port, device: 1883 }];
  const device = new EmulatedDevice({ arch: board.arch, folder, firmware: board.bootControl !== "direct", forwards }, tools);
  await device.insert(image);
  await (await device.card()).writeText("steppps.yaml", `${await emulatedDocument(access, keys)}${more}`);
  const broker = `mqtt://${access.user}:${access.password}@127.0.0.1:${port}`;
  const ask = (...args: string[]) =>
    steppps([...args, "--json", "--device", access.device, "--broker", broker, "--timeout", "1m"], {
      data: join(folder, "data"),
      env: { STEPPPS_KEYS: keys },
    });
  const status = async () => resultOf(await ask("layer", "list")) as LayerStatus;
  return {
    device,
    ask,
    status,
    add: (file: string) => ask("layer", "add", file, "--serve-as", HOST),
    list: async () => (await status()).layers.map(pick),
    /** Starts it and waits for its network; returns how many lines its console had before. */
    async start(): Promise<number> {
      const before = device.console.lines.length;
      await device.start();
      await startTimes(device.console, before);
      await device.console.line(/network\.changed .* 10\.0\.2\./, before);
      return before;
    },
    /** A signed file of a layer. */
    async write(layer: Layer, version: string, signer = loadKeys(keys)): Promise<string> {
      const file = join(folder, `${signer.public.id.slice(0, 8)}-${version}.layer`);
      await writeLayer(layer, { arch: board.arch, version, file }, signer, readLock(), tools, imagePlaces());
      return file;
    },
  };
}

export function wifiLayer(): Layer {
  const wifi = LAYERS.find(({ name }) => name === "wifi");
  assert.ok(wifi);
  return wifi;
}

export function pick({ name, version, state }: LayerReport) {
  return { name, version, state };
}

export function resultOf({ code, stdout, stderr }: Ended): unknown {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** The code of the error that a command failed with. */
export function errorOf({ code, stdout, stderr }: Ended): string {
  assert.equal(code, 1, stdout + stderr);
  return JSON.parse(stderr).error.code;
}
