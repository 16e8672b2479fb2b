import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { toMarkdown } from "./storm/report.ts";
import { storm } from "./storm/run.ts";

/**
 * Deploys versions of all kinds, good and bad, to a device that has traffic, and says how each ended:
 *
 *   node tests/faults/storm.ts --deploys 1000 [--seed 7] [--lanes 8] [--json FILE] [--markdown FILE]
 */
const { values } = parseArgs({
  options: {
    deploys: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    lanes: { type: "string", default: "8" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`seed ${values.seed}`);
const { deploys, seed, lanes } = values;
const report = await storm({ deploys: Number(deploys), seed: Number(seed), lanes: Number(lanes), say });
if (values.json) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
const text = toMarkdown(report);
if (values.markdown) await writeFile(values.markdown, text);
say(text);
process.exitCode = report.faults.length === 0 ? 0 : 1;
