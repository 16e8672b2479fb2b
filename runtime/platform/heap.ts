import { runInNewContext } from "node:vm";

/**
 * Gives back what starting up left behind: V8 keeps the pages of its busiest moment for minutes. Takes some ten ms. Does
 * nothing unless the process began with `--expose-gc` (node-flags.mjs): turning that on later is not safe
 * while other threads run.
 */
export function compactHeap(): void {
  const { gc = runInNewContext("globalThis.gc") } = globalThis as { gc?: (options: object) => void };
  gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}
