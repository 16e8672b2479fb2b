import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DEADLINE_MS, type KillOutcome, OWNERS } from "../../infer/kill-load.ts";
import { quantile } from "../../quantile.ts";
import type { Suite } from "../../suite.ts";

const KILLS = 200;
const QUICK_KILLS = 10;
const LOAD = fileURLToPath(new URL("../../infer/kill-load.ts", import.meta.url));
const run = promisify(execFile);

const NAMES = {
  late: "kills: requests without an answer 100 ms after their deadline",
  errors: "kills: requests answered with an error, of a thousand",
  gap: "kills: without a result after one, p50",
  memory: "kills: growth of the memory of the process that asks",
} as const;

export const kills: Suite = {
  name: "kills",
  about: `The worker is killed ${KILLS} times while ${OWNERS} owners ask without a pause, each request with ${DEADLINE_MS} ms.`,
  expects: [
    { name: NAMES.late, unit: "", bound: "<= 0" },
    { name: NAMES.errors, unit: "", bound: null },
    { name: NAMES.gap, unit: "ms", bound: null },
    { name: NAMES.memory, unit: "MB", bound: "<= 20" },
  ],
  async run({ quick, quiet, results }) {
    const args = ["--expose-gc", LOAD, String(quick ? QUICK_KILLS : KILLS)];
    const { stdout } = await quiet.watch(() => run(process.execPath, args));
    const { late, errors, all, gaps, grown } = JSON.parse(stdout) as KillOutcome;
    results.record(NAMES.late, late);
    results.record(NAMES.errors, (1000 * errors) / all);
    results.record(NAMES.gap, quantile(gaps, 0.5));
    results.record(NAMES.memory, Math.max(0, grown) / 1e6);
  },
};
