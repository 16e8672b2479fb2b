import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Board } from "../../../board-support/index.ts";
import { writeBundle } from "../../../images/bundle/write-bundle.ts";
import type { SlotContents } from "../../../images/disk/slot.ts";
import { readGpt } from "../../../images/formats/gpt.ts";
import { accessTo, emulatedDocument } from "../../../images/qemu/access.ts";
import { EmulatedDevice } from "../../../images/qemu/emulated-device.ts";
import { freePort } from "../../../images/qemu/free-port.ts";
import { startTimes } from "../../../images/qemu/phases.ts";
import { fileHash } from "../../../images/steps/file-hash.ts";
import { run } from "../../../images/steps/run.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import { SIGNED_SUFFIX } from "../../../runtime/cli/author/signed-suffix.ts";
import { loadKeys, signPackage } from "../../../runtime/trust/index.ts";
import { steppps } from "../../support/cli.ts";
import { withinLimit } from "../../support/within-limit.ts";
import { type Built, buildPlugins } from "../kill-loop/plugins.ts";
import type { Moment } from "./history.ts";
import { type LayerVersion, layerVersions } from "./layer-versions.ts";
import type { RecordedStart, Recording, SlotHashes, Told } from "./recording.ts";
import { NotingSender } from "./senders.ts";

export interface RecordOptions {
  readonly board: Board;
  /** The image of the first version, and what is in its slot and in the next version's. */
  readonly image: string;
  readonly slots: readonly [SlotContents, SlotContents];
  /** For all of the recording; need not be there. */
  readonly folder: string;
  /** ms between two messages of one sender. */
  readonly pause: number;
  say(line: string): void;
}

/** This machine, as the emulator's own network names it. */
const HOST = "10.0.2.2";
/** The card: as small as one may be whose data partition grows (by 128 MiB), since all of it is looked at again and again. */
const CARD_MEGABYTES = 640;
const GATE = "deploys:\n  gateSeconds: 4\nupdates:\n  gateSeconds: 4\n";
const PLUGIN_VERSIONS = ["1.0.0", "1.1.0"] as const;
/** Between two steps, so that messages alone are recorded too. */
const REST_MS = 4_000;
/** For each step, on a machine that others use too: an update takes half a minute on one that nobody else does. */
const STEP_LIMIT_MS = 300_000;

/**
 * Starts a new card for the first time, deploys a plugin and then its next version while messages come, updates the image, and says what
 * was promised when.
 */
export async function record(options: RecordOptions, tools: Toolset): Promise<Recording> {
  const { board, image, slots, folder, pause, say } = options;
  const keys = join(folder, "keys");
  await mkdir(folder, { recursive: true });
  const access = accessTo(folder, board.name.replaceAll("_", "-"));
  const port = await freePort(0);
  const starts: RecordedStart[] = [];
  const device: EmulatedDevice = new EmulatedDevice(
    {
      arch: board.arch,
      folder,
      firmware: board.bootControl !== "direct",
      forwards: [{ host: port, device: 1883 }],
      async writeLog(start) {
        const [log, bootPartition] = [join(folder, `start-${start}.log`), join(folder, `boot-${start}.img`)];
        await writeFile(log, "");
        await copyBootPartition(device.disk, bootPartition);
        starts.push({ slot: device.slots[start], log, bootPartition });
        return log;
      },
    },
    tools,
  );
  const moment = (): Moment => {
    const start = starts.length - 1;
    return { start, bytes: statSync((starts[start] as RecordedStart).log).size };
  };
  await device.insert(image, CARD_MEGABYTES);
  const document = `${await emulatedDocument(access, keys)}${GATE}`;
  await (await device.card()).writeText("steppps.yaml", document);
  const first = join(folder, "first.img");
  await run("cp", ["--sparse=always", device.disk, first]);

  const [ledger] = (await buildPlugins(new URL(".", import.meta.url), ["ledger"])) as [Built];
  const envelopes: Record<string, string> = {};
  const files: string[] = [];
  for (const version of PLUGIN_VERSIONS) {
    const { manifest, wasm } = ledger;
    const envelope = signPackage({ type: "plugin", manifest: { ...manifest, version }, wasm }, loadKeys(keys));
    envelopes[version] = createHash("sha256").update(envelope).digest("hex");
    const file = join(folder, `ledger-${version}${SIGNED_SUFFIX}`);
    await writeFile(file, envelope);
    files.push(file);
  }
  const layerFiles = await layerVersions(board.arch, folder, loadKeys(keys), tools);
  const [before, after] = slots;
  const bundle = join(folder, "next.bundle");
  const { commandLine, root, files: slotFiles, facts } = after;
  const parts = { root: root.file, ...slotFiles };
  await writeBundle(bundle, { board: board.name, version: facts.version, commandLine, verity: root, parts }, loadKeys(keys));

  const broker = `mqtt://${access.user}:${access.password}@127.0.0.1:${port}`;
  const within = <T>(what: string, doing: Promise<T>) => withinLimit(what, doing, STEP_LIMIT_MS, () => device.diagnosis());
  const command = (...args: string[]) => within(args.slice(0, 2).join(" "), ended(...args));
  const ended = async (...args: string[]) => {
    const target = ["--json", "--device", access.device, "--broker", broker];
    const { code, stdout, stderr } = await steppps([...args, ...target], {
      data: join(folder, "data"),
      env: { STEPPPS_KEYS: keys },
    });
    if (code !== 0) throw new Error(`${args.join(" ")}: ${stdout}${stderr}`);
  };
  const [deploys, layers, updates]: [Told[], Told[], Told[]] = [[], [], []];
  const deploy = async (i: 0 | 1) => {
    await command("plugin", "deploy", files[i] as string, "--wait", "--timeout", "4m");
    deploys.push({ version: PLUGIN_VERSIONS[i], moment: moment() });
  };
  const bring = async ({ file, version }: LayerVersion) => {
    await command("layer", "add", file, "--serve-as", HOST, "--timeout", "1m");
    layers.push({ version, moment: moment() });
  };
  let senders: NotingSender[] = [];
  try {
    await device.start();
    await startTimes(device.console, 0);
    await device.console.line(/network\.changed .* 10\.0\.2\./);
    say("it started; the first version of the plugin");
    await deploy(0);
    const one = (clientId: string, qos: 1 | 2) => new NotingSender({ broker, clientId, qos, pause, moment });
    senders = [one("loose", 1), one("other", 1), one("exact", 2)];
    await sleep(REST_MS);
    say("a layer");
    await bring(layerFiles[0]);
    say("the next version of the plugin");
    await deploy(1);
    await sleep(REST_MS);
    say("the next version of the layer");
    await bring(layerFiles[1]);
    say("the next version of the image");
    await command("update", "deploy", bundle, "--serve-as", HOST, "--wait", "--timeout", "15s");
    updates.push({ version: facts.version, moment: moment() });
    await sleep(REST_MS);
    await within("the last acknowledgements", Promise.all(senders.map((sender) => sender.stop())));
  } finally {
    for (const sender of senders) sender.end();
    await device.cutPower();
  }
  const recording: Recording = {
    board: board.name,
    image: first,
    starts,
    last: device.disk,
    messages: senders.flatMap(({ messages }) => messages),
    deploys,
    layers,
    updates,
    versions: { [before.facts.version]: await hashesOf(before), [facts.version]: await hashesOf(after) },
    envelopes,
    layerFiles: Object.fromEntries(layerFiles.map(({ version, sha256 }) => [version, sha256])),
    document,
  };
  await writeFile(join(folder, "recording.json"), JSON.stringify(recording));
  return recording;
}

async function copyBootPartition(disk: string, to: string): Promise<void> {
  const boot = (await readGpt(disk)).find(({ name }) => name === "boot");
  if (!boot) throw new Error(`${disk} has no boot partition`);
  const range = [`skip=${boot.offset}`, `count=${boot.size}`, "iflag=skip_bytes,count_bytes"];
  await run("dd", [`if=${disk}`, `of=${to}`, "bs=1M", "conv=sparse", "status=none", ...range]);
}

async function hashesOf({ files, commandLine, root }: SlotContents): Promise<SlotHashes> {
  const hashes = await Promise.all(Object.entries(files).map(async ([name, file]) => [name, await fileHash(file)] as const));
  const { size } = await stat(root.file);
  return { files: Object.fromEntries(hashes), commandLine, root: { size, sha256: await fileHash(root.file) } };
}
