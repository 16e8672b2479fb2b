import type { CallHistograms, PluginHealth, PluginStatus, SystemStatus } from "../../contract/index.ts";
import type { Family, HistogramSample, Labels, Sample } from "./exposition.ts";

/** What is counted, as of one moment. */
export interface MetricsReading {
  readonly status: SystemStatus;
  /** By plugin. */
  readonly histograms: ReadonlyMap<string, CallHistograms>;
  /** Messages that were dropped, by reason; the reasons are a fixed list. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly journal: JournalReading | undefined;
  readonly process: ProcessReading;
}

export interface JournalReading {
  /** Pages in use, and the write-ahead log on top. */
  readonly bytes: number;
  readonly walBytes: number;
  readonly limitBytes: number;
  /** By this process since its start, by the kernel's count. */
  readonly writtenBytes: number;
  /** 0 to 1: how full the queue of commits is. */
  readonly pressure: number;
}

export interface ProcessReading {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** By how much the event loop was late, in seconds since the last reading. */
  readonly loopDelay: { readonly mean: number; readonly p99: number; readonly max: number };
}

const HEALTHS: readonly PluginHealth[] = ["starting", "healthy", "backing-off", "paused"];

/** A number of each plugin. */
interface PluginNumber {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** Undefined where there is none now. */
  readonly value: (plugin: PluginStatus) => number | undefined;
}

/** Labels are the plugin alone: as many series as plugins are installed. */
const PLUGIN_NUMBERS: readonly PluginNumber[] = [
  counter("handled", "Inputs handled, their effects committed", ({ handled }) => handled),
  counter("published", "Messages sent", ({ published }) => published),
  counter("calls", "Calls of a handler by the version at work", ({ calls }) => calls.count),
  counter("traps", "Calls of the version at work that ended in a trap", ({ calls }) => calls.traps),
  counter("deadlines", "Calls of the version at work that took too long", ({ calls }) => calls.deadlines),
  gauge("dead_letters", "Inputs given up and kept to look at", ({ deadLetters }) => deadLetters),
  gauge("queued_inputs", "Inputs that wait", ({ queued }) => queued),
  gauge("timers", "Timers set", ({ timers }) => timers),
  gauge("memory_bytes", "Memory of the sandbox", ({ memoryBytes }) => memoryBytes),
  gauge("handler_max_seconds", "The longest call of the version at work", ({ calls }) => calls.max / 1000),
  gauge(
    "lag_p99_seconds",
    "From an input's arrival until its effects were committed, 99 of 100",
    ({ calls }) => calls.lagP99 / 1000,
  ),
  gauge("canary_percent", "Share of the inputs that a version on trial gets", ({ canary }) => canary?.percent),
  gauge("probation_end_timestamp_seconds", "Until when a new version is watched", ({ probationUntil }) =>
    probationUntil === undefined ? undefined : probationUntil / 1000,
  ),
];

function counter(name: string, help: string, value: PluginNumber["value"]): PluginNumber {
  return { name: `steppps_plugin_${name}_total`, type: "counter", help, value };
}
function gauge(name: string, help: string, value: PluginNumber["value"]): PluginNumber {
  return { name: `steppps_plugin_${name}`, type: "gauge", help, value };
}

/** Everything that /metrics has, in the order in which it is written. */
export function metricFamilies({ status, histograms, dropped, journal, process }: MetricsReading): readonly Family[] {
  const { plugins, counts, uplink, storage } = status;
  const one = (name: string, type: "counter" | "gauge", help: string, value: number | undefined, labels?: Labels): Family => ({
    name,
    type,
    help,
    samples: value === undefined ? [] : [{ value, ...(labels && { labels }) }],
  });
  const labels = new Map(plugins.map(({ name }) => [name, { plugin: name }]));
  const each = (samples: (plugin: PluginStatus, labels: Labels) => readonly Sample[]) =>
    plugins.flatMap((plugin) => samples(plugin, labels.get(plugin.name) ?? {}));
  const timed = (pick: (histograms: CallHistograms) => HistogramSample["histogram"]) =>
    plugins.flatMap(({ name }) => {
      const found = histograms.get(name);
      return found ? [{ labels: labels.get(name) ?? {}, histogram: pick(found) }] : [];
    });
  return [
    one("steppps_info", "gauge", "The device and what it runs", 1, { device: status.device, version: status.version }),
    one("process_start_time_seconds", "gauge", "When the supervisor started, since the epoch", status.startedAt / 1000),
    one("process_cpu_seconds_total", "counter", "CPU time of the supervisor, all threads", process.cpuSeconds),
    one("process_resident_memory_bytes", "gauge", "Memory of the supervisor", process.residentBytes),
    one("steppps_heap_bytes", "gauge", "JavaScript heap in use", process.heapBytes),
    {
      name: "steppps_event_loop_delay_seconds",
      type: "gauge",
      help: "By how much the event loop was late since the last scrape",
      samples: Object.entries(process.loopDelay).map(([quantile, value]) => ({ labels: { quantile }, value })),
    },
    one("steppps_messages_received_total", "counter", "Messages that came in", counts.messagesIn),
    one("steppps_messages_sent_total", "counter", "Messages that plugins sent", counts.messagesOut),
    {
      name: "steppps_messages_dropped_total",
      type: "counter",
      help: "Messages that were not taken, by reason",
      samples: Object.entries(dropped).map(([reason, value]) => ({ labels: { reason }, value })),
    },
    one("steppps_mqtt_clients", "gauge", "Clients that are connected to the broker", status.mqtt.clients),
    one("steppps_uplink_connected", "gauge", "Whether the broker elsewhere is connected", uplink && Number(uplink.connected)),
    one("steppps_uplink_waiting_messages", "gauge", "Messages kept for the broker elsewhere", uplink?.waiting),
    one("steppps_journal_bytes", "gauge", "Pages of the journal in use", journal?.bytes),
    one("steppps_journal_wal_bytes", "gauge", "The journal's write-ahead log", journal?.walBytes),
    one("steppps_journal_limit_bytes", "gauge", "What the journal may grow to", journal?.limitBytes),
    one("steppps_journal_written_bytes_total", "counter", "Bytes that the journal wrote to the disk", journal?.writtenBytes),
    one("steppps_journal_pressure_ratio", "gauge", "How full the queue of commits is", journal?.pressure),
    one(
      "steppps_storage_written_today_bytes",
      "gauge",
      "Written to the block device today, by anyone",
      storage?.writtenTodayBytes,
    ),
    one("steppps_storage_daily_budget_bytes", "gauge", "What may be written to it in a day", storage?.budgetBytes),
    {
      name: "steppps_plugin_info",
      type: "gauge",
      help: "Versions of a plugin",
      samples: each(({ version, previousVersion = "", durability }, { plugin = "" }) => [
        { labels: { plugin, version, previous_version: previousVersion, durability }, value: 1 },
      ]),
    },
    {
      name: "steppps_plugin_health",
      type: "gauge",
      help: "1 for the state that a plugin is in",
      samples: each(({ health }, { plugin = "" }) =>
        HEALTHS.map((state) => ({ labels: { plugin, health: state }, value: Number(state === health) })),
      ),
    },
    ...PLUGIN_NUMBERS.map(
      ({ name, type, help, value }): Family => ({
        name,
        type,
        help,
        samples: each((plugin, labels) => {
          const number = value(plugin);
          return number === undefined ? [] : [{ labels, value: number }];
        }),
      }),
    ),
    {
      name: "steppps_plugin_failures_total",
      type: "counter",
      help: "Calls that failed, by error code",
      samples: each(({ failures, failuresByCode = {} }, { plugin = "" }) => {
        const known = Object.entries(failuresByCode).map(([code, value]) => ({ labels: { plugin, code }, value }));
        return known.length > 0 || failures === 0 ? known : [{ labels: { plugin, code: "" }, value: failures }];
      }),
    },
    {
      name: "steppps_plugin_handler_quantile_seconds",
      type: "gauge",
      help: "How long a call of the version at work took",
      samples: each(({ calls: { p50, p99 } }, { plugin = "" }) => [
        { labels: { plugin, quantile: "0.5" }, value: p50 / 1000 },
        { labels: { plugin, quantile: "0.99" }, value: p99 / 1000 },
      ]),
    },
    {
      name: "steppps_plugin_handler_seconds",
      type: "histogram",
      help: "How long a call of a handler took",
      samples: timed(({ latency }) => latency),
    },
    {
      name: "steppps_plugin_lag_seconds",
      type: "histogram",
      help: "From an input's arrival until its effects were committed",
      samples: timed(({ lag }) => lag),
    },
  ];
}
