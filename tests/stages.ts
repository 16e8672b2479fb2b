/** How a stage's tests are counted: by a report that the command writes, or the command as one test. */
export type Count = "vitest" | "node-test" | "exit-code";

export interface Stage {
  readonly name: string;
  /** A script and its arguments, on the Node that runs us, from the checkout's root. */
  readonly command: readonly string[];
  readonly count: Count;
}

/** Everything that `npm test` does, in order. `npm test -- types lint` does only those. */
export const STAGES: readonly Stage[] = [
  // --force: a project that failed once is taken for up to date by the next build
  { name: "types", command: ["node_modules/typescript/bin/tsc", "-b", "--force"], count: "exit-code" },
  { name: "lint", command: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."], count: "exit-code" },
  { name: "vitest", command: ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/vitest.config.ts"], count: "vitest" },
  { name: "examples", command: ["runtime/cli/steppps.ts", "plugin", "test", "assembly/examples"], count: "node-test" },
  { name: "fuzz", command: ["tests/fuzz/wasmtime/main.ts"], count: "exit-code" },
  { name: "cross", command: ["tests/cross/wasmtime/main.ts"], count: "exit-code" },
  { name: "boot", command: ["tests/boot/main.ts"], count: "exit-code" },
  { name: "power-cut", command: ["tests/faults/power-cut.ts", "--states", "400", "--boots", "2"], count: "exit-code" },
  { name: "storm", command: ["tests/faults/storm.ts", "--deploys", "60", "--seed", "36895"], count: "exit-code" },
  { name: "kill-loop", command: ["tests/faults/kill-loop.ts", "--rounds", "200"], count: "exit-code" },
];
