import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { supervisorContestant } from "../contestants/supervisor.ts";
import { fsyncP99 } from "../fsync.ts";
import { type LoadResult, runLoad } from "../load/run-load.ts";
import { median } from "../quantile.ts";
import { RelayPackages } from "../relay/package.ts";
import type { Bench, Suite } from "../suite.ts";

const RATE = 5_000;
/** What is under way at most: the batches that are being handled, committed and sent. */
const WINDOW = 4_000;

const NAMES = {
  rate: "durable: messages in, QoS 1, acknowledged after the commit",
  beyond: `durable: p99 of PUBACK at ${RATE}/s beyond the disk's own fsync p99`,
  throughBeyond: `durable: p99 from publisher to subscriber at ${RATE}/s beyond the disk's own fsync p99`,
  fsync: "the disk's own fsync p99 (32 KiB appended)",
  ack: `durable: p99 of PUBACK at ${RATE}/s`,
  cpu: "durable: CPU of the supervisor per message",
  memoryRate: "memory: messages in, QoS 1",
  memoryAck: `memory: p99 of PUBACK at ${RATE}/s`,
} as const;

export const durable: Suite = {
  name: "durable",
  about:
    "The relay plugin with the default durability, QoS 1 both ways through the embedded broker: input, state and outputs are committed to " +
    "SQLite with synchronous=FULL before PUBACK. As many messages as go through with at most 4,000 under way, then 5,000 a second. The disk's " +
    "own time is taken in the same folder before and after each turn, with nothing else running. Medians.",
  expects: [
    { name: NAMES.rate, unit: "1/s", bound: ">= 30000" },
    { name: NAMES.beyond, unit: "ms", bound: "<= 5" },
    { name: NAMES.throughBeyond, unit: "ms", bound: null },
    { name: NAMES.fsync, unit: "ms", bound: null },
    { name: NAMES.ack, unit: "ms", bound: null },
    { name: NAMES.cpu, unit: "us", bound: null },
    { name: NAMES.memoryRate, unit: "1/s", bound: null },
    { name: NAMES.memoryAck, unit: "ms", bound: null },
  ],
  async run(bench) {
    const packages = await RelayPackages.compile();
    const found: Record<"durable" | "memory", Turn[]> = { durable: [], memory: [] };
    for (let turn = 0; turn < (bench.quick ? 1 : 3); turn++) {
      for (const durability of ["durable", "memory"] as const) {
        const result = await measure(bench, packages, durability, `durable-${turn}-${durability}`);
        bench.say(`  ${durability}: ${Math.round(result.full.inPerSecond)}/s, PUBACK p99 ${result.paced.ackP99.toFixed(2)} ms`);
        found[durability].push(result);
      }
    }
    const of = (durability: "durable" | "memory", pick: (turn: Turn) => number) => median(found[durability].map(pick));
    const { results } = bench;
    results.record(
      NAMES.rate,
      of("durable", ({ full }) => full.inPerSecond),
    );
    results.record(
      NAMES.beyond,
      of("durable", ({ paced, fsync }) => Math.max(0, paced.ackP99 - fsync)),
    );
    results.record(
      NAMES.throughBeyond,
      of("durable", ({ paced, fsync }) => Math.max(0, paced.p99 - fsync)),
    );
    results.record(
      NAMES.fsync,
      of("durable", ({ fsync }) => fsync),
    );
    results.record(
      NAMES.ack,
      of("durable", ({ paced }) => paced.ackP99),
    );
    results.record(
      NAMES.cpu,
      of("durable", ({ full }) => full.cpuMicros[0] ?? Number.NaN),
    );
    results.record(
      NAMES.memoryRate,
      of("memory", ({ full }) => full.inPerSecond),
    );
    results.record(
      NAMES.memoryAck,
      of("memory", ({ paced }) => paced.ackP99),
    );
  },
};

interface Turn {
  readonly full: LoadResult;
  readonly paced: LoadResult;
  /** ms */
  readonly fsync: number;
}

async function measure(bench: Bench, packages: RelayPackages, durability: "durable" | "memory", name: string): Promise<Turn> {
  const { quick, quiet } = bench;
  const folder = join(bench.folder, name);
  mkdirSync(folder, { recursive: true });
  const before = await quiet.watch(async () => fsyncP99(folder));
  await using started = await supervisorContestant({ name, packages, durability, mosquitto: false }).start(folder, 1);
  const { port, worker } = started;
  const load = {
    port,
    topic: "bench/in",
    filter: "bench/out",
    qos: 1,
    pids: [worker],
    seconds: quick ? 2 : 6,
    warmupSeconds: quick ? 1 : 3,
  } as const;
  const full = await quiet.watch(() => runLoad({ ...load, window: WINDOW }));
  const paced = await quiet.watch(() => runLoad({ ...load, rate: RATE }));
  const after = await quiet.watch(async () => fsyncP99(folder));
  return { full, paced, fsync: (before + after) / 2 };
}
