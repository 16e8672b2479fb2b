import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StormReport } from "../../faults/storm/report.ts";
import { Program } from "../program.ts";
import type { Suite } from "../suite.ts";

const STORM = fileURLToPath(new URL("../../faults/storm.ts", import.meta.url));
const DEPLOYS = 1_000;
const QUICK_DEPLOYS = 40;
const SEED = 4;

const NAMES = {
  deploys: "storm: deploys",
  bad: "storm: bad versions that ended refused or rolled back, with a reason that fits",
  good: "storm: good versions that are done",
  lost: "storm: acknowledged inputs lost",
  twice: "storm: inputs applied twice",
  restarts: "storm: restarts of the supervisor",
  slope: "storm: resident memory, growth per 100 deploys after the first third",
  faults: "storm: other things found wrong",
  acknowledged: "storm: inputs acknowledged meanwhile",
  memory: "storm: resident memory at the end",
  seconds: "storm: seconds that it took",
} as const;

export const storm: Suite = {
  name: "storm",
  about:
    "tests/faults/storm.ts: deploys of good, trapping, slow, leaking, hostile, garbled, replayed, unsigned and truncated versions to several " +
    "plugins at once, while numbered inputs come for each of them; each deploy's end is asked of the device, each input's effect is counted.",
  expects: [
    { name: NAMES.deploys, unit: "", bound: null },
    { name: NAMES.bad, unit: "%", bound: ">= 100" },
    { name: NAMES.good, unit: "%", bound: ">= 100" },
    { name: NAMES.lost, unit: "", bound: "<= 0" },
    { name: NAMES.twice, unit: "", bound: "<= 0" },
    { name: NAMES.restarts, unit: "", bound: "<= 0" },
    { name: NAMES.slope, unit: "MB", bound: "<= 1" },
    { name: NAMES.faults, unit: "", bound: "<= 0" },
    { name: NAMES.acknowledged, unit: "", bound: null },
    { name: NAMES.memory, unit: "MB", bound: null },
    { name: NAMES.seconds, unit: "s", bound: null },
  ],
  async run({ folder, quick, results, say }) {
    const file = join(folder, "storm.json");
    const args = [STORM, "--deploys", String(quick ? QUICK_DEPLOYS : DEPLOYS), "--seed", String(SEED), "--json", file];
    await using program = await Program.start(process.execPath, { args });
    const failure = await program.ended().catch((error: Error) => error);
    const report = readReport(file);
    // It ends with an error where it found anything; what that was is in its report.
    if (!report) throw failure ?? new Error("it left no report");
    for (const { kind, deploys, ends } of report.kinds) say(`  ${kind}: ${deploys}, ${JSON.stringify(ends)}`);
    for (const fault of report.faults) say(`  wrong: ${fault}`);
    results.record(NAMES.deploys, report.deploys);
    results.record(NAMES.bad, (100 * report.badEnded) / report.bad);
    results.record(NAMES.good, (100 * report.goodDone) / report.good);
    results.record(NAMES.lost, report.inputs.lost);
    results.record(NAMES.twice, report.inputs.twice);
    results.record(NAMES.restarts, report.supervisor.restarts);
    results.record(NAMES.slope, report.memory.slopeMBPer100Deploys);
    results.record(NAMES.faults, report.faults.length);
    results.record(NAMES.acknowledged, report.inputs.acknowledged);
    results.record(NAMES.memory, report.memory.lastMB);
    results.record(NAMES.seconds, report.seconds);
  },
};

function readReport(file: string): StormReport | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
