import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import type { Board } from "../../../board-support/index.ts";
import { readGpt } from "../../../images/formats/gpt.ts";
import { type Access, accessTo } from "../../../images/qemu/access.ts";
import { EmulatedDevice } from "../../../images/qemu/emulated-device.ts";
import { freePort } from "../../../images/qemu/free-port.ts";
import { startTimes } from "../../../images/qemu/phases.ts";
import { run } from "../../../images/steps/run.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import { withinLimit } from "../../support/within-limit.ts";
import { type DataFinding, readDataPartition } from "./data-finding.ts";
import type { Programs } from "./programs.ts";
import type { SentMessage } from "./recording.ts";
import { NotingSender } from "./senders.ts";

export interface BootOptions {
  readonly board: Board;
  /** Where the recording's device was, for its name and password. */
  readonly recorded: string;
  /** Writes the card that is to be started. */
  card(path: string): Promise<void>;
  /** A folder of its own, which is emptied. */
  readonly folder: string;
  /** Whether the plugin must be there. */
  readonly hasPlugin: boolean;
  readonly programs: Programs;
}

export interface Booted {
  /** ms from the kernel's start until messages were handled. */
  readonly ready: number;
  /** Machines that were started until all was said. */
  readonly starts: number;
  /** The data partition after the plug was pulled once more. */
  readonly data: DataFinding;
  /** What was sent to it. */
  readonly sent: readonly SentMessage[];
}

const SENDER = "after";
const MESSAGES = 5;
/** A device that was about to start its next image does so while it is listened to: what it says meanwhile is kept for who comes back. */
const HEARS = { clientId: "hears", clean: false } as const;
const PATIENCE_MS = 240_000;
const START_LIMIT_MS = 2 * PATIENCE_MS;
const PAUSE_MS = 200;

/** Starts a card that a power cut left, has it handle messages, pulls the plug, and says what is on it then. */
export async function boot({ board, recorded, card, folder, hasPlugin, programs }: BootOptions, tools: Toolset): Promise<Booted> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile(join(recorded, "access.json"), join(folder, "access.json"));
  const access = accessTo(folder, board.name);
  const port = await freePort(0);
  const firmware = board.bootControl !== "direct";
  const device = new EmulatedDevice({ arch: board.arch, folder, firmware, forwards: [{ host: port, device: 1883 }] }, tools);
  await card(device.disk);
  try {
    await device.start();
    const answers = async () => {
      const { ready } = await startTimes(device.console, 0);
      return { ready, sent: await handles(access, port, hasPlugin) };
    };
    const { ready, sent } = await withinLimit("a start", answers(), START_LIMIT_MS, () => device.diagnosis());
    await device.cutPower();
    const partition = (await readGpt(device.disk)).find(({ name }) => name === "data");
    if (!partition) throw new Error("the data partition is gone");
    const image = join(folder, "data.img");
    const range = [`skip=${partition.offset}`, `count=${partition.size}`, "iflag=skip_bytes,count_bytes"];
    await run("dd", [`if=${device.disk}`, `of=${image}`, "bs=1M", "conv=sparse", "status=none", ...range]);
    return { ready, starts: device.starts, data: await readDataPartition(image, join(folder, "data"), programs), sent };
  } finally {
    await device.cutPower();
  }
}

/** Sends some messages, and waits for what the plugin says to the last of them. */
async function handles({ user, password }: Access, port: number, hasPlugin: boolean): Promise<readonly SentMessage[]> {
  const broker = `mqtt://${user}:${password}@127.0.0.1:${port}`;
  const deadline = Date.now() + PATIENCE_MS;
  const client = await reach(broker, deadline);
  const heard = new Set<string>();
  client.on("message", (_, payload) => heard.add(payload.toString()));
  await client.subscribeAsync("booked", { qos: 1 });
  const sender = new NotingSender({ broker, clientId: SENDER, qos: 1, pause: PAUSE_MS, moment: () => ({ start: 0, bytes: 0 }) });
  try {
    while (sender.messages.filter(({ acknowledged }) => acknowledged).length < MESSAGES) await tick(deadline, "acknowledgements");
    await sender.stop();
    const isHeard = () => sender.messages.every(({ number }) => heard.has(number));
    while (hasPlugin && !isHeard()) await tick(deadline, "what the plugin says");
    return sender.messages;
  } finally {
    sender.end();
    await client.endAsync(true);
  }
}

/** Its network comes after its broker: what connects before then hears nothing. */
async function reach(broker: string, deadline: number): Promise<MqttClient> {
  for (;;) {
    try {
      const client = await connectAsync(
        broker,
        { ...HEARS, reconnectPeriod: 500, reconnectOnConnackError: true, connectTimeout: 5_000 },
        false,
      );
      client.on("error", () => {});
      return client;
    } catch {
      await tick(deadline, "a connection");
    }
  }
}

async function tick(deadline: number, what: string): Promise<void> {
  if (Date.now() > deadline) throw new Error(`${what} did not come within ${PATIENCE_MS} ms`);
  await sleep(100);
}
