import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  cacheDir: ".cache/vitest",
  test: {
    include: ["tests/{unit,integration,browser,architecture,docs,faults}/**/*.test.ts"],
    // Processes, not threads: the native addon, signals and fault points are tested for real.
    pool: "forks",
    maxWorkers: 2,
    // V8 ends the process now and then while it frees WebAssembly code of its own (nodejs/node#64500): the compiler's and the v8 engine's
    execArgv: ["--no-wasm-code-gc", "--no-flush-liftoff-code"],
    setupFiles: ["tests/support/property-seed.ts"],
    // Limits of waiting for what has to come true: nobody is told that something is slow by them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
