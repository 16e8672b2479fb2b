// npm run bench -- [--set NAME] [--only NAME,…] [--quick] [--json FILE] [--doc] [--force] [--folder FOLDER]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.ts";
import { figuresPage } from "./page.ts";
import { BusyMachine, Quiet } from "./quiet.ts";
import { Results, reasonOf } from "./results.ts";
import type { Bench, Measured, Suite } from "./suite.ts";
import { SETS } from "./suites/index.ts";
import { formatFigures } from "./table.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EXIT = { ok: 0, short: 1, usage: 2, busy: 3 } as const;

const HELP = `Measures what the project promises, beside what others offer.

  --set NAME       what is measured and which page it makes, spine where absent:
${Object.entries(SETS)
  .map(
    ([name, { command, suites }]) => `                     ${name} (${command}): ${suites.map((suite) => suite.name).join(", ")}`,
  )
  .join("\n")}
  --only NAME,…    some of its suites
  --quick          short windows, one repetition: shows that it runs, not how fast
  --json FILE      writes {"figures":[{"name","value","unit","bound","holds"}]}
  --doc            writes the set's page, in docs, from this run
  --force          measures even while other work holds the CPU, and says so
  --folder FOLDER  where data is written, on the disk to be measured; .cache/bench where absent
`;

async function main(): Promise<number> {
  const { values: options } = parseArgs({
    options: {
      set: { type: "string", default: "spine" },
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      doc: { type: "boolean", default: false },
      force: { type: "boolean", default: false },
      folder: { type: "string", default: join(ROOT, ".cache/bench") },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const set = SETS[options.set];
  const names = options.only?.split(",") ?? set?.suites.map(({ name }) => name) ?? [];
  const unknown = set ? names.filter((name) => !set.suites.some((suite) => suite.name === name)) : [options.set];
  if (!set || unknown.length > 0) {
    process.stderr.write(`no such suite: ${unknown.join(", ")}\n\n${HELP}`);
    return EXIT.usage;
  }
  const { quick, force } = options;
  if (options.doc && (quick || options.only !== undefined)) {
    process.stderr.write("--doc needs a whole run: without --quick and --only\n");
    return EXIT.usage;
  }
  if (force) say("--force: other work may hold the CPU; these figures are not to be compared with others");
  mkdirSync(options.folder, { recursive: true });
  const folder = mkdtempSync(join(options.folder, "run-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const quiet = new Quiet({ force, say });
  const measured: Measured[] = [];
  try {
    for (const suite of set.suites.filter(({ name }) => names.includes(name))) {
      measured.push(await measure(suite, { quick, quiet, folder, say }));
    }
  } catch (error) {
    if (!(error instanceof BusyMachine)) throw error;
    say(`Nothing is reported: ${error.message}`);
    return EXIT.busy;
  }
  const figures = measured.flatMap((one) => one.figures);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ figures }, null, 2)}\n`);
  if (options.doc) {
    const date = new Date().toISOString().slice(0, 10);
    const run = { date, machine: describeMachine(), foreignCores: force ? null : quiet.worst, measured };
    writeFileSync(join(ROOT, set.page), figuresPage({ ...set, ...run }));
  }
  return figures.every(({ holds }) => holds !== false) ? EXIT.ok : EXIT.short;
}

/** Runs a suite, and prints what it found. One that fails leaves rows that say why. */
async function measure(suite: Suite, surroundings: Omit<Bench, "results">): Promise<Measured> {
  say(`\n── ${suite.name}`);
  const began = performance.now();
  const results = new Results(suite.name, suite.expects);
  let reason = "the suite did not come to it";
  try {
    await suite.run({ ...surroundings, results });
  } catch (error) {
    if (error instanceof BusyMachine) throw error;
    reason = reasonOf(error);
    say(`  it failed: ${reason}`);
  }
  const figures = results.rows(reason);
  process.stdout.write(`${formatFigures(figures).join("\n")}\n`);
  return { suite, figures, seconds: (performance.now() - began) / 1000 };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

// Ends what runs beside us, too: see program.ts
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
