import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startMosquitto } from "../contestants/mosquitto.ts";
import { SupervisorProcess } from "../contestants/supervisor.ts";
import { cpuSeconds } from "../load/cpu.ts";
import { runLoad } from "../load/run-load.ts";
import { isObserved, nextSlot, SLOT_MS } from "../load/slots.ts";
import { median } from "../quantile.ts";
import { RelayPackages } from "../relay/package.ts";
import { awaitRelay } from "../relay/probe.ts";
import type { Bench, Suite } from "../suite.ts";

const RECORD_IN_SLOTS = fileURLToPath(new URL("../load/record-in-slots.ts", import.meta.url));
const PLUGINS = 200;
const SCRAPES = 40;
const SLOTS = 16;
/** Before the end of a slot, for what happens at its border. */
const MARGIN_MS = 100;

const SCRAPE = `scrape of /metrics, ${PLUGINS} plugins, median`;
const SLOWEST = `scrape of /metrics, ${PLUGINS} plugins, slowest`;
const METRICS = "throughput that recording and scrapes cost";
const TRACED = "throughput that metrics and tracing cost, through a broker of MQTT 5";

export const observe: Suite = {
  name: "observe",
  about:
    "CPU time of the supervisor for each message of one durable relay at full load: with what versions do recorded, one more scrape and, " +
    "through mosquitto, a traceparent on each message, against the same without any of it. Both take turns of two seconds within one load; " +
    "the throughput that it costs is 1 - off/on.",
  expects: [
    { name: SCRAPE, unit: "ms", bound: "<= 20" },
    { name: SLOWEST, unit: "ms", bound: null },
    { name: METRICS, unit: "%", bound: "<= 3" },
    { name: TRACED, unit: "%", bound: "<= 3" },
  ],
  async run(bench) {
    const packages = await RelayPackages.compile();
    const times = await scrapes(bench, packages);
    bench.results.record(SCRAPE, median(times));
    bench.results.record(SLOWEST, Math.max(...times));
    for (const [name, mosquitto] of [
      [METRICS, false],
      [TRACED, true],
    ] as const) {
      const { on, off } = await costs(bench, packages, mosquitto);
      bench.say(`  ${mosquitto ? "mosquitto" : "embedded"}: ${on.toFixed(2)} us observed, ${off.toFixed(2)} us not`);
      bench.results.record(name, Math.max(0, 1 - off / on) * 100);
    }
  },
};

/** ms of each scrape, while messages are handled. */
async function scrapes({ folder, quiet, quick }: Bench, packages: RelayPackages): Promise<number[]> {
  const data = join(folder, "observe-scrape");
  mkdirSync(data, { recursive: true });
  const number = (i: number) => String(i).padStart(5, "0");
  const variants = Array.from({ length: PLUGINS }, (_, i) => {
    return { name: `relay-${number(i)}`, filter: `bench/in/${number(i)}`, durability: "durable" } as const;
  });
  const plugins = Object.fromEntries(variants.map(({ name }) => [name, { config: { qos: 1 } }]));
  await using supervisor = await SupervisorProcess.start({ data, packages, document: { name: "bench", plugins } });
  await supervisor.deploy(packages, variants);
  await awaitRelay(supervisor.port, 1, `bench/in/${number(0)}`);
  const load = { port: supervisor.port, topic: "bench/in", filter: "bench/out", qos: 1, rate: 1_000, spread: PLUGINS } as const;
  const times: number[] = [];
  const scraping = async () => {
    for (let i = 0; i < SCRAPES; i++) {
      const began = performance.now();
      await readMetrics(supervisor);
      times.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const seconds = (SCRAPES * 0.15) | 0;
  await quiet.watch(() => Promise.all([runLoad({ ...load, warmupSeconds: 1, seconds: quick ? 2 : seconds }), scraping()]));
  return times;
}

/** Microseconds of the supervisor's CPU for each message, with and without, in turns of two seconds of one load. */
async function costs(
  { folder, quick, quiet }: Bench,
  packages: RelayPackages,
  mosquitto: boolean,
): Promise<Record<"on" | "off", number>> {
  const data = join(folder, `observe-${mosquitto}`);
  mkdirSync(data, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const broker = mosquitto ? await startMosquitto(data) : undefined;
  if (broker) stack.use(broker.program);
  const document = {
    name: "bench",
    plugins: { relay: { config: { qos: 1 as const } } },
    ...(broker && { mqtt: { broker: `mqtt://127.0.0.1:${broker.port}` } }),
  };
  const nodeArgs = ["--import", RECORD_IN_SLOTS];
  const supervisor = stack.use(await SupervisorProcess.start({ data, packages, document, nodeArgs, sources: true }));
  await supervisor.deploy(packages, [{ name: "relay", filter: "bench/in", durability: "durable" }]);
  await awaitRelay(supervisor.port, 1);
  const slots = quick ? 4 : SLOTS;
  const load = { port: supervisor.port, topic: "bench/in", filter: "bench/out", qos: 1, traced: mosquitto } as const;
  const used = { on: { cpu: 0, messages: 0 }, off: { cpu: 0, messages: 0 } };
  const sampling = async () => {
    // The first ones warm up.
    for (let slot = -2; slot < slots; slot++) {
      await nextSlot();
      const side = isObserved() ? used.on : used.off;
      const [cpu, messages] = [cpuSeconds(supervisor.pid), await handled(supervisor)];
      // One more scrape than the one at either end of a slot of either kind.
      if (side === used.on) await handled(supervisor);
      await sleep(SLOT_MS - MARGIN_MS - (Date.now() % SLOT_MS));
      const after = await handled(supervisor);
      if (slot < 0) continue;
      side.cpu += cpuSeconds(supervisor.pid) - cpu;
      side.messages += after - messages;
    }
  };
  const seconds = ((slots + 3) * SLOT_MS) / 1000;
  await quiet.watch(() => Promise.all([runLoad({ ...load, warmupSeconds: 1, seconds }), sampling()]));
  const micros = ({ cpu, messages }: typeof used.on) => (cpu * 1e6) / messages;
  return { on: micros(used.on), off: micros(used.off) };
}

/** Inputs handled so far, as /metrics says. */
async function handled(supervisor: SupervisorProcess): Promise<number> {
  return Number(/^steppps_plugin_handled_total\{plugin="relay"\} (\d+)$/m.exec(await readMetrics(supervisor))?.[1]);
}

async function readMetrics({ webUrl }: SupervisorProcess): Promise<string> {
  const answer = await fetch(new URL("/metrics", webUrl));
  const text = await answer.text();
  if (!answer.ok || !text.includes("steppps_plugin_handled_total")) throw new Error("/metrics said nothing of plugins");
  return text;
}
