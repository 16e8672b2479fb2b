import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createRandom } from "./kill-loop/random.ts";
import { POINTS, planRounds } from "./kill-loop/rounds.ts";
import { type KillLoopReport, killLoop } from "./kill-loop/run.ts";

/**
 * Kills the supervisor at random moments and at every fault point, under load, and holds what is left against a model:
 *
 *   node tests/faults/kill-loop.ts --rounds 200 [--seed 7] [--minutes 30] [--late] [--json FILE]
 *
 * --late: half of the rounds begin with the journal on the event loop's thread, as images do
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    minutes: { type: "string", default: "60" },
    late: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`seed ${values.seed}`);
const random = createRandom(Number(values.seed));
const rounds = planRounds(Number(values.rounds), random, values.late);
const report = await killLoop({ rounds, random, seconds: Number(values.minutes) * 60, say });
if (values.json) await writeFile(values.json, `${JSON.stringify({ seed: Number(values.seed), ...report }, undefined, 2)}\n`);
print(report);
process.exitCode = report.faults.length === 0 ? 0 : 1;

function print({
  kills,
  unreached,
  sent,
  acknowledged,
  received,
  repeats,
  deploys,
  startMillis,
  seconds,
  faults,
  rounds: done,
}: KillLoopReport) {
  for (const point of [...POINTS, "random"]) say(`${point.padEnd(22)} ${String(kills[point] ?? 0).padStart(4)} kills`);
  say(
    `${done} rounds (${unreached} did not reach their point) in ${seconds} s; start p50 ${startMillis.p50} ms, p95 ${startMillis.p95} ms`,
  );
  say(
    `${sent} messages sent, ${acknowledged} acknowledged, ${received} different outputs received, ${repeats} repeats, ${deploys} deploys`,
  );
  for (const fault of faults) say(`WRONG ${fault}`);
  say(faults.length === 0 ? "nothing lost, nothing done twice" : `${faults.length} things are wrong`);
}
