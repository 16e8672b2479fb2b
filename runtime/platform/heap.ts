/**
 * Gives back what starting up left behind: V8 keeps the pages of its busiest moment for minutes. Takes some ten ms. Does
 * nothing unless the process was started with --expose-gc: turning that on later is not safe while other threads run.
 */
export function compactHeap(): void {
  const { gc } = globalThis as { gc?: (options: object) => void };
  gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}
