/** One input of the model: a field of one of the readings that every device publishes (runtime/space). */
export interface TelemetryReading {
  readonly name: string;
  readonly topic: string;
  readonly field: string;
  readonly unit: string;
  /** What can't be: outside of 0 and this the sensor is wrong, whatever the machine does. */
  readonly max: number;
}

/**
 * In the order of the model's input. Not among them: what says nothing about now (uptime, counters since boot), what a rule says better (a
 * full disk), and what not every machine has (temperature).
 */
export const TELEMETRY: readonly TelemetryReading[] = [
  { name: "load1", topic: "machine/load", field: "load1", unit: "tasks", max: 1e5 },
  { name: "load5", topic: "machine/load", field: "load5", unit: "tasks", max: 1e5 },
  { name: "running", topic: "machine/load", field: "running", unit: "tasks", max: 1e6 },
  { name: "threads", topic: "machine/load", field: "threads", unit: "tasks", max: 1e7 },
  { name: "cpu waiting", topic: "machine/pressure", field: "cpu_some10", unit: "%", max: 100 },
  { name: "memory waiting", topic: "machine/pressure", field: "memory_some10", unit: "%", max: 100 },
  { name: "io waiting", topic: "machine/pressure", field: "io_some10", unit: "%", max: 100 },
  { name: "memory used", topic: "machine/memory", field: "used_percent", unit: "%", max: 100 },
  { name: "disk read", topic: "machine/disk", field: "read_per_s", unit: "B/s", max: 1e11 },
  { name: "disk written", topic: "machine/disk", field: "written_per_s", unit: "B/s", max: 1e11 },
  { name: "network received", topic: "machine/network", field: "received_per_s", unit: "B/s", max: 1e11 },
  { name: "network sent", topic: "machine/network", field: "sent_per_s", unit: "B/s", max: 1e11 },
];

/** The row of one moment; undefined where one of the readings is not there. */
export function rowOf(readings: readonly { readonly topic: string; readonly value: object }[]): number[] | undefined {
  const values = TELEMETRY.map(({ topic, field }) => {
    const reading = readings.find((each) => each.topic === topic)?.value as Readonly<Record<string, unknown>> | undefined;
    return reading?.[field];
  });
  return values.every((value) => typeof value === "number") ? values : undefined;
}
