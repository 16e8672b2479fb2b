import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeBundle } from "../../../../images/bundle/write-bundle.ts";
import type { SlotContents } from "../../../../images/disk/slot.ts";
import { compressXz } from "../../../../images/release/compress.ts";
import { SUPERVISOR } from "../../../../images/supervisor/layout.ts";
import { buildSnapshot } from "../../../../images/supervisor/snapshot.ts";
import { userEmulator } from "../../../../images/toolset/emulator.ts";
import { generateKeys, readImage } from "../../../../runtime/trust/index.ts";
import { blocksOf, bodyAt } from "../../../../runtime/update/index.ts";
import { findKnownBlocks } from "../../../../runtime/update/slot/known-blocks.ts";
import { SupervisorProcess } from "../../contestants/supervisor.ts";
import { counted, deployCommand } from "../../deploy/command.ts";
import { Versions } from "../../deploy/versions.ts";
import { ImageBuilder } from "../../image/subject.ts";
import type { Bench, Suite } from "../../suite.ts";

const BOARD = "qemu-arm64";
const NEXT = "0.1.1";
/** In every supervisor; one sentence more is what a small change of its sources comes to. */
const SENTENCE = "handles messages at ";
const LONGER = "handles messages from now on at ";
/** What of a plugin no compression makes smaller, so that its deploy is more than one packet. */
const BALLAST = 20_000;

const NAMES = {
  share: "transfer: an update of the supervisor alone, of the compressed image",
  bytes: "transfer: an update of the supervisor alone",
  plugin: "transfer: a plugin's deploy beyond the plugin's own size, first version",
  again: "transfer: a plugin's deploy beyond the plugin's own size, one line changed",
} as const;

export const transfer: Suite = {
  name: "transfer",
  about:
    "An image in which one sentence of the supervisor is longer, and so its bundle and its start-up snapshot are others, as an update from the one " +
    "before: what a device fetches is the envelope and each block that its slot at work has not. A plugin's deploy is 'steppps plugin deploy FILE' to a " +
    "supervisor on this machine: all that TCP carried both ways, less the signed file's size.",
  expects: [
    { name: NAMES.share, unit: "%", bound: "<= 10" },
    { name: NAMES.bytes, unit: "MB", bound: null },
    { name: NAMES.plugin, unit: "B", bound: "<= 4096" },
    { name: NAMES.again, unit: "B", bound: "<= 4096" },
  ],
  async run(bench) {
    const { folder, results, say } = bench;
    const builder = await ImageBuilder.open();
    const slot = await builder.slot(BOARD, "lz4hc");
    const packed = join(folder, "image.xz");
    await compressXz(await builder.image(slot), packed, builder.tools);
    const bytes = await fetched(slot, await withLongerSentence(slot, builder, folder), folder);
    say(`  ${bytes} bytes of ${(await stat(packed)).size}`);
    results.record(NAMES.bytes, bytes / 1e6);
    results.record(NAMES.share, (100 * bytes) / (await stat(packed)).size);
    const [first = Number.NaN, again = Number.NaN] = await deploys(bench);
    results.record(NAMES.plugin, first);
    results.record(NAMES.again, again);
  },
};

async function withLongerSentence(slot: SlotContents, builder: ImageBuilder, folder: string): Promise<SlotContents> {
  const tree = join(folder, "changed", "root");
  await builder.copyRoot(slot, tree);
  const bundle = join(tree, SUPERVISOR.bundle);
  const before = await readFile(bundle, "utf8");
  const after = before.replace(SENTENCE, LONGER);
  if (after === before) throw new Error(`the supervisor no longer says "${SENTENCE}"`);
  await writeFile(bundle, after);
  await buildSnapshot(tree, await userEmulator(slot.board.arch, builder.lock, builder.places));
  return builder.withRoot(slot, tree, join(folder, "changed"));
}

/** Bytes that a device with `before` at work fetches for `after`. */
async function fetched(before: SlotContents, after: SlotContents, folder: string): Promise<number> {
  const { board, commandLine, root, files } = after;
  const contents = { board: board.name, version: NEXT, commandLine, verity: root, parts: { root: root.file, ...files } };
  const { envelope } = await writeBundle(join(folder, "changed.bundle"), contents, generateKeys());
  const start = bodyAt(envelope.length);
  const blocks = [...blocksOf(readImage(envelope).manifest.parts, start).values()].flat();
  const wanted = new Set(blocks.map(({ hash }) => hash));
  const known = await findKnownBlocks([before.root.file, ...Object.values(before.files)], wanted);
  return start + blocks.reduce((sum, { hash, stored }) => sum + (known.has(hash) ? 0 : stored), 0);
}

/** Of two versions, one after the other: what was carried beyond the envelope itself. */
async function deploys({ folder }: Bench): Promise<number[]> {
  const versions = await Versions.open();
  const data = join(folder, "transfer-device");
  await using supervisor = await SupervisorProcess.start({ data, packages: versions, document: { name: "bench" } });
  using way = await counted(supervisor.port);
  const found: number[] = [];
  for (let i = 0; i < 2; i++) {
    const { envelope } = await versions.build(BALLAST);
    const file = join(folder, "heating.plugin");
    await writeFile(file, envelope);
    const before = way.bytes();
    const target = ["--data", join(folder, "author"), "--broker", `mqtt://127.0.0.1:${way.port}`, "--device", "bench"];
    await deployCommand(file, [...target, "--timeout", "60s"]);
    found.push(way.bytes() - before - envelope.length);
  }
  return found;
}
