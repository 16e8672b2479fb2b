import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { readLock } from "../../images/lock/lock.ts";
import { imagePlaces } from "../../images/steps/places.ts";
import { toolset } from "../../images/toolset/toolset.ts";
import { createRandom } from "./kill-loop/random.ts";
import { figuresOf, toMarkdown } from "./power-cut/report.ts";
import { cutPower } from "./power-cut/run.ts";
import { recordBoard } from "./power-cut/subject.ts";

const MAIN_BOARD = "qemu-x86_64";

/**
 * Records every write of an emulated device to its card while it takes plugins, messages and a new image, cuts its power at any of
 * them, and looks at what is left:
 *
 *   node tests/faults/power-cut.ts [--board qemu-x86_64] [--states 1200] [--boots 25] [--seed 7] [--json FILE] [--doc]
 *                                  [--recording FOLDER]   keeps the recording there, or looks at one that is there already
 */
const { values } = parseArgs({
  options: {
    board: { type: "string", default: MAIN_BOARD },
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
if (values.json) await mkdir(dirname(values.json), { recursive: true });
const seed = Number(values.seed);
const work = await mkdtemp(join(tmpdir(), "steppps-power-cut-"));
const recorded = values.recording ?? join(work, "recording");
try {
  const [lock, places] = [readLock(), imagePlaces()];
  const tools = await toolset(lock, places, ["tools", "qemu"]);
  const subject = { board: values.board, folder: recorded, pause: Number(values.pause), say };
  const recording = (await earlier()) ?? (await recordBoard(subject, { lock, places, tools }));
  const counts = { states: Number(values.states), boots: Number(values.boots) };
  const report = await cutPower({ recording, recorded, folder: work, ...counts, random: createRandom(seed), seed, say }, tools);
  if (values.json) await writeFile(values.json, `${JSON.stringify({ figures: figuresOf(report), ...report }, undefined, 2)}\n`);
  const text = toMarkdown(report);
  if (values.doc) await writeFile(new URL(`../../docs/${pageOf(report.board)}`, import.meta.url), text);
  say(text);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
} finally {
  await rm(work, { recursive: true, force: true });
}

/** Each board has a page of its own. */
function pageOf(board: string): string {
  return board === MAIN_BOARD ? "figures-power-cuts.md" : `figures-power-cuts-${board}.md`;
}

async function earlier() {
  const text = await readFile(join(recorded, "recording.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
