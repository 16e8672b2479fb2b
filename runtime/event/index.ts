export * from "./event-log.ts";
export { writeExposition } from "./metrics/exposition.ts";
export { type JournalReading, type MetricsReading, metricFamilies, type ProcessReading } from "./metrics/families.ts";
export { type ProcessMeter, processMeter } from "./metrics/process-meter.ts";
