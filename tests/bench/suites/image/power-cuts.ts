import { join } from "node:path";
import { createRandom } from "../../../faults/kill-loop/random.ts";
import { FAULT_KINDS } from "../../../faults/power-cut/judge.ts";
import { cutPower } from "../../../faults/power-cut/run.ts";
import { recordBoard } from "../../../faults/power-cut/subject.ts";
import { ImageBuilder } from "../../image/subject.ts";
import type { Suite } from "../../suite.ts";

const BOARD = "qemu-x86_64";
const PAUSE_MS = 250;
/** The same states of a recording each time. */
const SEED = 7;
const COUNTS = { whole: { states: 120, boots: 4 }, quick: { states: 12, boots: 1 } } as const;

const NAMES = {
  states: "power cuts: states of the card that were looked at",
  booted: "power cuts: states of the card that were started",
  faults: "power cuts: states that lost or repeated a message, would not start, or were torn or damaged",
  seconds: "power cuts: a state that is looked at and not started",
} as const;

export const powerCuts: Suite = {
  name: "power-cuts",
  about:
    "Every write of an emulated device to its card is recorded while it takes messages, a plugin, the plugin's next version and a new image; states that " +
    "a power cut could have left are made of that, and held against what was acknowledged by then (docs/power-cuts.md). A few of them, in this run; " +
    "docs/figures-power-cuts.md is a run of more than a thousand.",
  expects: [
    { name: NAMES.states, unit: "", bound: null },
    { name: NAMES.booted, unit: "", bound: null },
    { name: NAMES.faults, unit: "", bound: "<= 0" },
    { name: NAMES.seconds, unit: "ms", bound: null },
  ],
  async run({ folder, quick, results, say }) {
    const inputs = await ImageBuilder.open();
    const recorded = join(folder, "power-cuts");
    const tell = (line: string) => say(`  ${line}`);
    const recording = await recordBoard({ board: BOARD, folder: recorded, pause: PAUSE_MS, say: tell }, inputs);
    const counts = quick ? COUNTS.quick : COUNTS.whole;
    const run = {
      recording,
      recorded,
      folder: join(folder, "cut"),
      ...counts,
      random: createRandom(SEED),
      seed: SEED,
      say: tell,
    };
    const report = await cutPower(run, inputs.tools);
    for (const { kind, text } of report.faults) say(`  ${FAULT_KINDS[kind]}: ${text}`);
    results.record(NAMES.states, report.states.count);
    results.record(NAMES.booted, report.booted.length);
    results.record(NAMES.faults, report.faults.length);
    results.record(NAMES.seconds, report.states.millis);
  },
};
