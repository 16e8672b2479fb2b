import type { CallHistograms, SystemStatus } from "../contract/index.ts";
import { type MetricsReading, metricFamilies, processMeter, writeExposition } from "../event/index.ts";
import type { Bus } from "../mqtt/index.ts";
import type { Journal } from "../store/index.ts";

export interface MetricsSources {
  status(): SystemStatus;
  histograms(): ReadonlyMap<string, CallHistograms>;
  /** Messages dropped before a plugin was asked, by reason; with what plugins did not take. */
  dropped(): Readonly<Record<string, number>>;
  readonly journal: Pick<Journal, "size" | "pressure">;
}

export interface Metrics {
  /** What Prometheus reads. */
  text(): Promise<string>;
  close(): void;
}

/** Puts together what is counted anyway, when it is asked for. */
export function createMetrics({ status, histograms, dropped, journal }: MetricsSources): Metrics {
  const meter = processMeter();
  return {
    async text() {
      // A journal that fails has its own ways to tell; everything else is worth knowing then.
      const size = await journal.size().catch(() => undefined);
      const reading: MetricsReading = {
        status: status(),
        histograms: histograms(),
        dropped: dropped(),
        journal: size && { ...size, pressure: journal.pressure() },
        process: meter.read(),
      };
      return writeExposition(metricFamilies(reading));
    },
    close: () => meter.close(),
  };
}

/** Every reason of the broker's, and what plugins could not take. */
export function droppedOf(bus: Pick<Bus, "dropped">, host: { readonly counts: { readonly dropped: number } }) {
  return (): Readonly<Record<string, number>> => ({ ...bus.dropped(), plugin: host.counts.dropped });
}
