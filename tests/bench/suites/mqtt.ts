import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Contestant } from "../contestants/contestant.ts";
import { installPeers, nodeRedAndMosquitto, nodeRedEmbedded } from "../contestants/node-red.ts";
import { supervisorContestant } from "../contestants/supervisor.ts";
import type { Expectation } from "../figure.ts";
import { type LoadResult, runLoad } from "../load/run-load.ts";
import { residentMB } from "../proc.ts";
import { median } from "../quantile.ts";
import { BusyMachine } from "../quiet.ts";
import { RelayPackages } from "../relay/package.ts";
import { type Results, reasonOf } from "../results.ts";
import type { Bench, Suite } from "../suite.ts";

/** Messages a second at which latency is compared: well below what any contestant can do. */
const RATE = 5_000;
const QOS = [0, 1] as const;
/** Of what is published, the share that comes out; what is beyond this from it was lost or sent twice. */
const KEPT = 0.9;
const KEPT_TOLERANCE = 0.01;

const METRICS = {
  rate: { name: "messages out", unit: "1/s" },
  p50: { name: `p50 at ${RATE}/s`, unit: "ms" },
  p99: { name: `p99 at ${RATE}/s`, unit: "ms" },
  cpu: { name: "CPU of the worker per message", unit: "us" },
  idle: { name: "RSS idle", unit: "MB" },
  loaded: { name: "RSS loaded", unit: "MB" },
} as const;
type Metric = keyof typeof METRICS;

const OURS = "supervisor, embedded broker, memory";
const DURABLE = "supervisor, embedded broker, durable";
const OURS_MOSQUITTO = "supervisor + mosquitto, memory";
const PEER = nodeRedAndMosquitto.name;
const NAMES = [OURS, DURABLE, OURS_MOSQUITTO, PEER, nodeRedEmbedded.name];

interface Ratio extends Expectation {
  readonly metric: Metric;
  readonly qos: 0 | 1;
  readonly over: string;
  readonly under: string;
}

/** Ours against Node-RED, each from the same run. */
const RATIOS: readonly Ratio[] = [
  ratio("rate", 0, OURS, PEER, ">= 5"),
  ratio("rate", 1, OURS, PEER, ">= 4"),
  ratio("p99", 0, OURS, PEER, "<= 0.3"),
  ratio("p99", 1, OURS, PEER, "<= 0.3"),
  ratio("rate", 0, OURS_MOSQUITTO, PEER, ">= 1.3"),
  ratio("rate", 1, OURS_MOSQUITTO, PEER, ">= 1.3"),
  ratio("cpu", 0, OURS_MOSQUITTO, PEER, "<= 0.5"),
  ratio("cpu", 1, OURS_MOSQUITTO, PEER, "<= 0.5"),
  ratio("p99", 0, OURS_MOSQUITTO, PEER, "<= 0.4"),
  ratio("p99", 1, OURS_MOSQUITTO, PEER, "<= 0.4"),
  ratio("rate", 0, OURS, nodeRedEmbedded.name, null),
  ratio("rate", 1, OURS, nodeRedEmbedded.name, null),
  ratio("p99", 0, OURS, nodeRedEmbedded.name, null),
  ratio("p99", 1, OURS, nodeRedEmbedded.name, null),
  ratio("rate", 0, DURABLE, PEER, null),
  ratio("rate", 1, DURABLE, PEER, null),
  ratio("p99", 1, DURABLE, PEER, null),
];

function ratio(metric: Metric, qos: 0 | 1, over: string, under: string, bound: Expectation["bound"]): Ratio {
  return { metric, qos, over, under, bound, unit: "x", name: `QoS ${qos}: ${METRICS[metric].name}, ${over} against ${under}` };
}

const row = (name: string, qos: 0 | 1, metric: Metric) => `QoS ${qos}: ${METRICS[metric].name}, ${name}`;

export const mqtt: Suite = {
  name: "mqtt",
  about:
    "MQTT in, drop one message in ten and change one field of the others, MQTT out; 256 B of JSON, publisher and subscriber in processes " +
    "of their own with hand-made frames. As many messages as go through with at most 2,000 under way, then 5,000 a second. Every " +
    "contestant is started afresh for each turn and warmed up; they take turns; medians. CPU is that of the process that does the work, " +
    "with the broker where it is embedded. Node-RED runs the flow of tests/bench/peers/node-red. What comes out is checked, and counted.",
  expects: [
    ...RATIOS,
    ...QOS.flatMap((qos) =>
      NAMES.flatMap((name) =>
        (Object.keys(METRICS) as Metric[]).map((metric) => ({
          name: row(name, qos, metric),
          unit: METRICS[metric].unit,
          bound: null,
        })),
      ),
    ),
  ],
  async run(bench) {
    await installPeers(bench.say);
    const packages = await RelayPackages.compile();
    const contestants = [
      supervisorContestant({ name: OURS, packages, durability: "memory", mosquitto: false }),
      supervisorContestant({ name: DURABLE, packages, durability: "durable", mosquitto: false }),
      supervisorContestant({ name: OURS_MOSQUITTO, packages, durability: "memory", mosquitto: true }),
      nodeRedAndMosquitto,
      nodeRedEmbedded,
    ];
    const turns = new Map<string, number[] | Error>();
    for (let turn = 0; turn < (bench.quick ? 1 : 3); turn++) {
      for (const qos of QOS) for (const contestant of contestants) await takeTurn(bench, contestant, qos, turn, turns);
    }
    report(bench.results, turns);
  },
};

/** Adds what one contestant does in one turn to `turns`; the first failure of one stands for all its turns. */
async function takeTurn(
  bench: Bench,
  contestant: Contestant,
  qos: 0 | 1,
  turn: number,
  turns: Map<string, number[] | Error>,
): Promise<void> {
  const { name } = contestant;
  const found = (metric: Metric) => turns.get(row(name, qos, metric));
  if (found("rate") instanceof Error) return;
  try {
    const values = await measure(bench, contestant, qos, join(bench.folder, `mqtt-${turn}-${qos}-${NAMES.indexOf(name)}`));
    bench.say(
      `  ${name}, QoS ${qos}: ${Math.round(values.rate)}/s, ${values.cpu.toFixed(1)} us, p99 ${values.p99.toFixed(2)} ms`,
    );
    for (const metric of Object.keys(METRICS) as Metric[]) {
      const before = found(metric) ?? [];
      if (!(before instanceof Error)) turns.set(row(name, qos, metric), [...before, values[metric]]);
    }
  } catch (error) {
    if (error instanceof BusyMachine) throw error;
    bench.say(`  ${name}, QoS ${qos}: ${reasonOf(error)}`);
    for (const metric of Object.keys(METRICS) as Metric[]) turns.set(row(name, qos, metric), new Error(reasonOf(error)));
  }
}

async function measure(
  { quick, quiet }: Bench,
  contestant: Contestant,
  qos: 0 | 1,
  folder: string,
): Promise<Record<Metric, number>> {
  mkdirSync(folder, { recursive: true });
  await using started = await contestant.start(folder, qos);
  const { port, worker } = started;
  const load = { port, topic: "bench/in", filter: "bench/out", qos, pids: [worker] } as const;
  const idle = residentMB(worker);
  const seconds = quick ? 2 : 6;
  const warmupSeconds = quick ? 1 : 3;
  const full = await quiet.watch(() => runLoad({ ...load, seconds, warmupSeconds }));
  checkNothingLost(full);
  const loaded = residentMB(worker);
  const paced = await quiet.watch(() => runLoad({ ...load, seconds, warmupSeconds, rate: RATE }));
  checkNothingLost(paced);
  return { rate: full.perSecond, p50: paced.p50, p99: paced.p99, cpu: full.cpuMicros[0] ?? Number.NaN, idle, loaded };
}

function checkNothingLost({ perSecond, inPerSecond }: LoadResult): void {
  const kept = perSecond / inPerSecond;
  if (Math.abs(kept - KEPT) > KEPT_TOLERANCE)
    throw new Error(`of what was published ${(kept * 100).toFixed(1)} % came out, not 90 %`);
}

function report(results: Results, turns: ReadonlyMap<string, number[] | Error>): void {
  const value = (name: string): number | Error => {
    const found = turns.get(name) ?? new Error("not measured");
    return found instanceof Error ? found : median(found);
  };
  for (const name of turns.keys()) results.record(name, value(name));
  for (const { name, metric, qos, over, under } of RATIOS) {
    const [above, below] = [value(row(over, qos, metric)), value(row(under, qos, metric))];
    if (above instanceof Error) results.record(name, above);
    else results.record(name, below instanceof Error ? below : above / below);
  }
}
