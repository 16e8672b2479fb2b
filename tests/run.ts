import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { type Failure, vitestFailures } from "./failures.ts";
import { type Count, STAGES, type Stage } from "./stages.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REPORTS = join(ROOT, ".cache/tests");

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Lines that are shown of a failed command's output. */
const TAIL_LINES = 25;
/** Failed tests that are shown of a stage. */
const MOST_SHOWN = 20;
/** Characters of a command's output that are kept for it. */
const KEPT_OUTPUT = 16_384;

/** How each kind of stage is made to report, and how its report is read. A test that was skipped has not passed: it counts as failed. */
const COUNTS: Record<
  Count,
  { args: (report: string) => string[]; read: (report: string) => Tally; failures?: (report: string) => Failure[] }
> = {
  "exit-code": { args: () => [], read: () => ({ passed: 1, failed: 0 }) },
  vitest: {
    args: (report) => ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    read: (report) => {
      const { numTotalTests, numPassedTests } = JSON.parse(readFileSync(report, "utf8"));
      return { passed: numPassedTests, failed: numTotalTests - numPassedTests };
    },
    failures: (report) => vitestFailures(JSON.parse(readFileSync(report, "utf8")), ROOT),
  },
  "node-test": {
    args: (report) => ["--report", report],
    read: (report) => {
      const tap = readFileSync(report, "utf8");
      const number = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
      return { passed: number("pass"), failed: number("tests") - number("pass") };
    },
  },
};

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`no such stage: ${unknown.join(", ")}. There are: ${STAGES.map(({ name }) => name).join(", ")}\n`);
    return 2;
  }
  mkdirSync(REPORTS, { recursive: true });
  const rows: { stage: Stage; tally: Tally; failures: readonly Failure[]; seconds: number }[] = [];
  for (const stage of STAGES) {
    if (names.length > 0 && !names.includes(stage.name)) continue;
    process.stdout.write(`\n── ${stage.name}\n`);
    const started = performance.now();
    const ran = await runStage(stage);
    rows.push({ stage, ...ran, seconds: (performance.now() - started) / 1000 });
  }
  for (const { stage, failures } of rows) {
    for (const { name, lines } of failures)
      process.stdout.write(`\nFAILED ${stage.name}: ${name}\n${lines.map((line) => `    ${line}\n`).join("")}`);
  }
  process.stdout.write("\n");
  for (const { stage, tally, seconds } of rows) {
    process.stdout.write(
      `${tally.failed === 0 ? "ok    " : "FAILED"} ${stage.name.padEnd(12)} ${String(tally.passed).padStart(5)} passed ${String(tally.failed).padStart(4)} failed ${seconds.toFixed(1).padStart(7)} s\n`,
    );
  }
  const passed = rows.reduce((sum, { tally }) => sum + tally.passed, 0);
  const failed = rows.reduce((sum, { tally }) => sum + tally.failed, 0);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** A stage whose command fails has at least one failure, whatever its report says. */
async function runStage({ name, command, count }: Stage): Promise<{ tally: Tally; failures: readonly Failure[] }> {
  const report = join(REPORTS, `${name}.report`);
  rmSync(report, { force: true });
  const { code, tail } = await run([...command, ...COUNTS[count].args(report)]);
  const read = readTally(count, report);
  const tally = code === 0 || read.failed > 0 ? read : { passed: count === "exit-code" ? 0 : read.passed, failed: 1 };
  return { tally, failures: tally.failed === 0 ? [] : readFailures(count, report, { name: `exit code ${code}`, lines: tail }) };
}

/** What the report says of the tests that failed; the end of the command's output where it says nothing. */
function readFailures(count: Count, report: string, otherwise: Failure): readonly Failure[] {
  try {
    const failures = COUNTS[count].failures?.(report) ?? [];
    return failures.length > 0 ? failures.slice(0, MOST_SHOWN) : [otherwise];
  } catch {
    return [otherwise];
  }
}

function readTally(count: Count, report: string): Tally {
  try {
    const tally = COUNTS[count].read(report);
    return tally.passed + tally.failed > 0 ? tally : { passed: 0, failed: 1 };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** Runs it before everybody's eyes, and keeps the end of what it says. */
function run(command: readonly string[]): Promise<{ code: number; tail: string[] }> {
  return new Promise((resolve) => {
    // Colours as if it wrote to where we write: a pipe alone would have none.
    const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: "1" } : process.env;
    const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ["inherit", "pipe", "pipe"], env });
    let said = "";
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.on("data", (chunk: Buffer) => {
        to.write(chunk);
        said = (said + chunk.toString("utf8")).slice(-KEPT_OUTPUT);
      });
    }
    const ended = (code: number) => resolve({ code, tail: stripVTControlCharacters(said).trim().split("\n").slice(-TAIL_LINES) });
    const drained = new Promise((closed) => child.once("close", closed));
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill(signal));
    child.on("error", () => ended(127));
    child.on("exit", (code, signal) => {
      if (signal === "SIGINT" || signal === "SIGTERM") process.exit(128 + constants.signals[signal]);
      // What it said last may still be in the pipe; a process that it left behind may hold the pipe open for good.
      void Promise.race([drained, sleep(2_000)]).then(() => ended(code ?? 1));
    });
  });
}

process.exitCode = await main(process.argv.slice(2));
