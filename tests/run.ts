import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Count, STAGES, type Stage } from "./stages.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REPORTS = join(ROOT, ".cache/tests");

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** How each kind of stage is made to report, and how its report is read. A test that was skipped has not passed: it counts as failed. */
const COUNTS: Record<Count, { args: (report: string) => string[]; read: (report: string) => Tally }> = {
  "exit-code": { args: () => [], read: () => ({ passed: 1, failed: 0 }) },
  vitest: {
    args: (report) => ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    read: (report) => {
      const { numTotalTests, numPassedTests } = JSON.parse(readFileSync(report, "utf8"));
      return { passed: numPassedTests, failed: numTotalTests - numPassedTests };
    },
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
  const rows: { stage: Stage; tally: Tally; seconds: number }[] = [];
  for (const stage of STAGES) {
    if (names.length > 0 && !names.includes(stage.name)) continue;
    process.stdout.write(`\n── ${stage.name}\n`);
    const started = performance.now();
    const tally = await runStage(stage);
    rows.push({ stage, tally, seconds: (performance.now() - started) / 1000 });
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
async function runStage({ name, command, count }: Stage): Promise<Tally> {
  const report = join(REPORTS, `${name}.report`);
  rmSync(report, { force: true });
  const code = await run([...command, ...COUNTS[count].args(report)]);
  const tally = readTally(count, report);
  return code === 0 || tally.failed > 0 ? tally : { passed: count === "exit-code" ? 0 : tally.passed, failed: 1 };
}

function readTally(count: Count, report: string): Tally {
  try {
    const tally = COUNTS[count].read(report);
    return tally.passed + tally.failed > 0 ? tally : { passed: 0, failed: 1 };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function run(command: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill(signal));
    child.on("error", () => resolve(127));
    child.on("exit", (code, signal) => {
      if (signal === "SIGINT" || signal === "SIGTERM") process.exit(128 + constants.signals[signal]);
      resolve(code ?? 1);
    });
  });
}

process.exitCode = await main(process.argv.slice(2));
