import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import mqtt from "mqtt";
import { accessTo, emulatedDocument } from "../../images/qemu/access.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import { freePort } from "../../images/qemu/free-port.ts";
import { formatStart, startTimes } from "../../images/qemu/phases.ts";
import { withinLimit } from "../support/within-limit.ts";
import type { Subject } from "./subject.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EXAMPLE = join(ROOT, "assembly/examples/motion-light");
const MINUTES = 60_000;

/**
 * A plugin that is deployed over MQTT from outside handles a message; after the plug was pulled the device comes back with it, and
 * its card is as large as the medium.
 */
export async function handlesMessages({ board, image, folder, tools }: Subject): Promise<void> {
  const keys = join(folder, "keys");
  await mkdir(folder, { recursive: true });
  const access = accessTo(folder, board.name.replaceAll("_", "-"));
  const port = await freePort(0);
  const forwards = [{ host: port, device: 1883 }];
  const device = new EmulatedDevice({ arch: board.arch, folder, firmware: board.bootControl !== "direct", forwards }, tools);
  await device.insert(image);
  await (await device.card()).writeText("steppps.yaml", await emulatedDocument(access, keys));
  const broker = `mqtt://${access.user}:${access.password}@127.0.0.1:${port}`;
  const answered = (what: string, doing: Promise<void>) => withinLimit(what, doing, 4 * MINUTES, () => device.diagnosis());
  try {
    await device.start();
    const times = await startTimes(device.console, 0);
    for (const line of formatStart(times)) process.stdout.write(`${line}\n`);
    assert.ok(
      times.phases.some(({ name }) => name === "grow"),
      "its file system grew to the card",
    );
    await deploy(broker, access.device, keys);
    await answered("motion in the dark", lightGoesOn(broker));
    await device.cutPower();
    const before = device.console.lines.length;
    await device.start();
    await startTimes(device.console, before);
    await answered("motion after a restart", lightGoesOnAgain(broker));
  } finally {
    await device.cutPower();
  }
}

async function deploy(broker: string, device: string, keys: string): Promise<void> {
  const args = ["plugin", "deploy", EXAMPLE, "--device", device, "--broker", broker, "--timeout", "4m"];
  const env = { ...process.env, STEPPPS_KEYS: keys };
  await promisify(execFile)(process.execPath, [join(ROOT, "runtime/cli/steppps.mjs"), ...args], { env, timeout: 5 * MINUTES });
}

/** Motion in the dark: the plugin turns the light on. */
function lightGoesOn(broker: string): Promise<void> {
  return answers(broker, "zigbee2mqtt/hall_motion", '{"occupancy":true,"illuminance":1}', /"state":"ON"/);
}

/** Somebody turns the light off; at the next motion it goes on again, so the plugin is there and handles messages. */
async function lightGoesOnAgain(broker: string): Promise<void> {
  await answers(broker, "zigbee2mqtt/hall_light", '{"state":"OFF"}');
  await lightGoesOn(broker);
}

/** Publishes, and waits for a word to the light that `pattern` fits. The network of a device that starts may come after its broker. */
async function answers(broker: string, topic: string, payload: string, pattern?: RegExp): Promise<void> {
  const client = mqtt.connect(broker, { reconnectPeriod: 500, reconnectOnConnackError: true, connectTimeout: 10_000 });
  client.on("error", () => {}); // of one attempt; the next one follows
  const heard = new Promise<string>((resolve) => client.on("message", (_topic, content) => resolve(content.toString())));
  const connected = new Promise((resolve) => client.once("connect", resolve));
  try {
    await connected; // what was asked for before would fail with the first attempt
    await client.subscribeAsync("zigbee2mqtt/hall_light/set", { qos: 1 });
    await client.publishAsync(topic, payload, { qos: 1 }); // acknowledged when the plugin's commit is on the card
    if (pattern) assert.match(await heard, pattern);
  } finally {
    client.end(true);
  }
}
