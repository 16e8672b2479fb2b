import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ProcessReading } from "./families.ts";

/** Measures this process, from the first reading on: a device that nobody scrapes pays nothing. */
export interface ProcessMeter {
  read(): ProcessReading;
  close(): void;
}

/** ms between two looks at the clock: ten a second cost nothing, and a delay that matters is longer. */
const RESOLUTION = 100;

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>;

export function processMeter(): ProcessMeter {
  let delay: LoopDelay | undefined;
  return {
    read() {
      const { user, system } = process.cpuUsage();
      const { rss, heapUsed } = process.memoryUsage();
      const loopDelay = delay && delay.count > 0 ? late(delay) : { mean: 0, p99: 0, max: 0 };
      if (delay) delay.reset();
      else {
        delay = monitorEventLoopDelay({ resolution: RESOLUTION });
        delay.enable();
      }
      return { cpuSeconds: (user + system) / 1e6, residentBytes: rss, heapBytes: heapUsed, loopDelay };
    },
    close: () => void delay?.disable(),
  };
}

/** The histogram holds the whole time between two looks, in ns. */
function late(delay: LoopDelay): ProcessReading["loopDelay"] {
  const seconds = (nanos: number) => Math.max(0, nanos / 1e9 - RESOLUTION / 1e3);
  return { mean: seconds(delay.mean), p99: seconds(delay.percentile(99)), max: seconds(delay.max) };
}
