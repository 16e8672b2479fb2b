import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installPeers, nodeRedAndMosquitto } from "../contestants/node-red.ts";
import { type SupervisorOptions, SupervisorProcess } from "../contestants/supervisor.ts";
import { cpuSeconds } from "../load/cpu.ts";
import { residentMB } from "../proc.ts";
import { Program } from "../program.ts";
import { RelayPackages } from "../relay/package.ts";
import type { Bench, Suite } from "../suite.ts";

const PLUGINS = 10;

const NAMES = {
  rss: `supervisor idle with ${PLUGINS} plugins: RSS`,
  cpu: `supervisor idle with ${PLUGINS} plugins: CPU of one core`,
  bare: "bare Node, idle: RSS",
  nodeRed: "Node-RED with its flow, idle: RSS",
} as const;

export const idle: Suite = {
  name: "idle",
  about:
    `The supervisor with ${PLUGINS} durable plugins deployed, started again as after a boot, with its page and its own readings every two ` +
    "seconds, 30 s after the start and for 30 s. Beside it Node that only waits, and Node-RED with the flow of the mqtt suite.",
  expects: [
    { name: NAMES.rss, unit: "MB", bound: "<= 90" },
    { name: NAMES.cpu, unit: "%", bound: "<= 1" },
    { name: NAMES.bare, unit: "MB", bound: null },
    { name: NAMES.nodeRed, unit: "MB", bound: null },
  ],
  async run(bench) {
    const { results } = bench;
    const found = await ours(bench);
    results.record(NAMES.rss, found.rss);
    results.record(NAMES.cpu, found.percent);
    bench.say(`  supervisor: ${found.rss.toFixed(1)} MB, ${found.percent.toFixed(2)} %`);
    results.record(NAMES.bare, await bare(bench));
    results.record(NAMES.nodeRed, await nodeRed(bench));
  },
};

async function ours({ quick, quiet, folder }: Bench): Promise<{ rss: number; percent: number }> {
  const data = join(folder, "idle");
  const options = await withPlugins(data);
  await using supervisor = await SupervisorProcess.start(options);
  const seconds = quick ? 5 : 30;
  await sleep(seconds * 1000);
  return await quiet.watch(async () => {
    const before = cpuSeconds(supervisor.pid);
    await sleep(seconds * 1000);
    return { rss: residentMB(supervisor.pid), percent: ((cpuSeconds(supervisor.pid) - before) / seconds) * 100 };
  });
}

/** A data directory in which the plugins are deployed, and what starts the supervisor from it. */
export async function withPlugins(data: string, count = PLUGINS): Promise<SupervisorOptions> {
  mkdirSync(data, { recursive: true });
  const packages = await RelayPackages.compile();
  const options = { data, packages, document: { name: "bench" } };
  await using supervisor = await SupervisorProcess.start(options);
  const variants = Array.from({ length: count }, (_, i) => ({
    name: `relay-${i}`,
    filter: i === 0 ? "bench/in" : `bench/in/${i}`,
    durability: "durable" as const,
  }));
  await supervisor.deploy(packages, variants);
  return options;
}

async function bare({ quick }: Bench): Promise<number> {
  await using node = await Program.start(process.execPath, { args: ["--eval", "setInterval(() => {}, 1000)"] });
  await sleep(quick ? 1_000 : 5_000);
  return residentMB(node.pid);
}

async function nodeRed({ quick, folder, say }: Bench): Promise<number> {
  await installPeers(say);
  const data = join(folder, "idle-node-red");
  mkdirSync(data, { recursive: true });
  await using started = await nodeRedAndMosquitto.start(data, 0);
  await sleep(quick ? 2_000 : 30_000);
  return residentMB(started.worker);
}
