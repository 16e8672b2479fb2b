import { performance } from "node:perf_hooks";
import type { Clock } from "../platform/index.ts";

const WINDOW_MS = 300;
/** Of the window, in which the event loop may have worked. */
const SHARE = 0.3;
const LIMIT_MS = 3_000;

/**
 * Resolves when the event loop has had little to do for a while: nobody waits for an answer then. After three seconds in any case.
 * `worked`: the share of the time since it was called last in which the loop worked, 0 to 1.
 */
export async function calm(clock: Pick<Clock, "after" | "monotonic">, worked: () => number = loopWorked()): Promise<void> {
  const end = clock.monotonic() + LIMIT_MS;
  do await new Promise<void>((resolve) => void clock.after(WINDOW_MS, resolve));
  while (worked() > SHARE && clock.monotonic() < end);
}

function loopWorked(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
