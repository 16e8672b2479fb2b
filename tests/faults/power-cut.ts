import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { boardImage } from "../../images/disk/board-image.ts";
import { slotContents } from "../../images/disk/slot.ts";
import { readLock } from "../../images/lock/lock.ts";
import { imagePlaces } from "../../images/steps/places.ts";
import { toolset } from "../../images/toolset/toolset.ts";
import { boardNamed } from "../../images/verbs/boards.ts";
import { createRandom } from "./kill-loop/random.ts";
import { record } from "./power-cut/record.ts";
import { figuresOf, toMarkdown } from "./power-cut/report.ts";
import { cutPower } from "./power-cut/run.ts";

/**
 * Records every write of an emulated device to its card while it takes plugins, messages and a new image, cuts its power at any of
 * them, and looks at what is left:
 *
 *   node tests/faults/power-cut.ts [--board qemu-x86_64] [--states 1200] [--boots 25] [--seed 7] [--json FILE] [--doc]
 *                                  [--recording FOLDER]   keeps the recording there, or looks at one that is there already
 */
const { values } = parseArgs({
  options: {
    board: { type: "string", default: "qemu-x86_64" },
    states: { type: "string", default: "1200" },
    boots: { type: "string", default: "25" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    pause: { type: "string", default: "250" },
    json: { type: "string" },
    doc: { type: "boolean", default: false },
    recording: { type: "string" },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`seed ${values.seed}`);
const seed = Number(values.seed);
const work = await mkdtemp(join(tmpdir(), "steppps-power-cut-"));
const recorded = values.recording ?? join(work, "recording");
try {
  const [lock, places] = [readLock(), imagePlaces()];
  const tools = await toolset(lock, places, ["tools", "qemu"]);
  const recording = (await earlier()) ?? (await recordAnew(lock, places, tools));
  const counts = { states: Number(values.states), boots: Number(values.boots) };
  const report = await cutPower({ recording, recorded, folder: work, ...counts, random: createRandom(seed), seed, say }, tools);
  if (values.json) await writeFile(values.json, `${JSON.stringify({ figures: figuresOf(report), ...report }, undefined, 2)}\n`);
  const text = toMarkdown(report);
  if (values.doc) await writeFile(new URL("../../docs/figures-power-cuts.md", import.meta.url), text);
  say(text);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
} finally {
  await rm(work, { recursive: true, force: true });
}

async function earlier() {
  const text = await readFile(join(recorded, "recording.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

async function recordAnew(
  lock: Parameters<typeof slotContents>[2],
  places: Parameters<typeof slotContents>[4],
  tools: Parameters<typeof slotContents>[3],
) {
  const board = boardNamed(values.board);
  const build = (version: string) => slotContents(board, { version, compression: "lz4hc" }, lock, tools, places);
  const slots = [await build("0.1.0"), await build("0.1.1")] as const;
  const image = await boardImage(slots[0], {}, lock, tools, places);
  await mkdir(recorded, { recursive: true });
  const pause = Number(values.pause);
  return record({ board, image, slots: [slots[0], slots[1]], folder: recorded, pause, say }, tools);
}
