import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/**
 * Runs every property test again and again, each round with a random seed, until one fails:
 *
 *   node tests/properties.ts --rounds 20 [--seed 1234] [part of a path …]
 *
 * `--seed` is the seed of the first round; each round says its own, and `--rounds 1 --seed` brings one back.
 */
const ROOT = fileURLToPath(new URL("..", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "10" }, seed: { type: "string" } },
});

const files = globSync("tests/{unit,integration,browser,faults}/**/*.test.ts", { cwd: ROOT })
  .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
  .filter((file) => readFileSync(join(ROOT, file), "utf8").includes('from "fast-check"'))
  .sort();

async function main(): Promise<number> {
  if (files.length === 0) {
    process.stderr.write("no property test has that in its path\n");
    return 2;
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    const seed = round === 0 && values.seed !== undefined ? Number(values.seed) : randomInt(2 ** 31);
    process.stdout.write(`\n── round ${round + 1} of ${values.rounds}: seed ${seed}, ${files.length} files\n`);
    const code = await run(seed);
    if (code !== 0) {
      process.stdout.write(`\nseed ${seed} fails: node tests/properties.ts --rounds 1 --seed ${seed}\n`);
      return code;
    }
  }
  return 0;
}

function run(seed: number): Promise<number> {
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/vitest.config.ts", "--reporter=dot"];
  const child = spawn(process.execPath, [...vitest, ...files], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, STEPPPS_SEED: String(seed) },
  });
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
}

process.exitCode = await main();
