import type { CallHistograms, Histogram } from "../../runtime/contract/index.ts";
import type { MetricsReading } from "../../runtime/event/index.ts";
import { samplePlugin, sampleStatus } from "./sample-view.ts";

const BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500] as const;

/** What a device with `plugins` plugins counts. */
export function sampleMetrics(plugins: number): MetricsReading {
  const histogram: Histogram = { bounds: BOUNDS, counts: [...BOUNDS.keys(), 3], sum: 12.5 };
  const histograms = new Map<string, CallHistograms>();
  const list = Array.from({ length: plugins }, (_, i) => {
    const name = `plugin-${i}`;
    histograms.set(name, { latency: histogram, lag: histogram });
    const calls = { count: 94, p50: 0.4, p99: 31, max: 40, total: 12.5, traps: 2, deadlines: 1, lagP99: 7 };
    return samplePlugin(name, { handled: 91, failures: 3, calls, failuresByCode: { E_GUEST_TRAP: 2, E_GUEST_DEADLINE: 1 } });
  });
  return {
    status: { ...sampleStatus(), startedAt: 1_700_000_000_000, plugins: list },
    histograms,
    dropped: { busy: 4, plugin: 0 },
    journal: { bytes: 4_096, walBytes: 0, limitBytes: 1_000_000, writtenBytes: 77, pressure: 0.25 },
    process: { cpuSeconds: 1.25, residentBytes: 9e7, heapBytes: 3e7, loopDelay: { mean: 0, p99: 0.002, max: 0.01 } },
  };
}
