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
    testTimeout: 30_000,
  },
});
