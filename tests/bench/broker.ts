/**
 * What MQTT itself costs, without plugins: `node tests/bench/broker.ts [--seconds N] [--json FILE]`. Publisher and subscriber are
 * processes of their own; 256 B JSON, one message in ten filtered, one field changed.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Bound, type Figure, judge } from "./figure.ts";
import { type Load, type LoadResult, runLoad } from "./load/run-load.ts";
import { openClient, subscribePacket } from "./load/wire.ts";
import { Program } from "./program.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "4" }, json: { type: "string" } } });
const seconds = Number(values.seconds);
const figures: Figure[] = [];

function note(name: string, value: number, unit: string, bound: Bound | null = null): void {
  const figure = judge({ name, unit, bound }, value);
  figures.push(figure);
  console.log(`${name.padEnd(58)} ${String(figure.value).padStart(10)} ${unit}`);
}

/** Runs the stub with `args` and gives what `measure` finds. */
async function withStub<T>(args: readonly string[], measure: (port: number, pid: number) => Promise<T>): Promise<T> {
  const stub = fileURLToPath(new URL("load/stub-supervisor.ts", import.meta.url));
  await using program = await Program.start(process.execPath, {
    args: [stub, ...args],
    ready: (line) => line.startsWith("ready"),
  });
  return await measure(Number(new URL(program.greeting.split(" ")[1] as string).port), program.pid);
}

function load(port: number, pid: number, more: Partial<Load>): Promise<LoadResult> {
  return runLoad({ port, topic: "bench/in", filter: "bench/out", qos: 0, seconds, pids: [pid], ...more });
}

for (const qos of [0, 1] as const) {
  const hop = await withStub([], (port, pid) => load(port, pid, { qos, topic: "bench/hop", filter: "bench/hop" }));
  note(`client to client, QoS ${qos}`, hop.perSecond, "msg/s");
  note(`client to client, QoS ${qos}, CPU of the broker`, hop.cpuMicros[0] ?? Number.NaN, "us/msg");
  const rewriting = await withStub([], (port, pid) => load(port, pid, { qos }));
  note(`in, rewritten, out, QoS ${qos}`, rewriting.perSecond, "msg/s", qos === 0 ? ">= 127000" : ">= 40000");
  note(`in, rewritten, out, QoS ${qos}, CPU of the broker`, rewriting.cpuMicros[0] ?? Number.NaN, "us/msg");
  const steady = await withStub([], (port, pid) => load(port, pid, { qos, rate: 5000 }));
  note(`in, rewritten, out, QoS ${qos}, p99 at 5,000/s`, steady.p99, "ms");
}
const folder = mkdtempSync(join(tmpdir(), "steppps-bench-"));
const durable = await withStub(["--durable", "--folder", folder], (port, pid) => load(port, pid, { qos: 1, window: 4000 }));
rmSync(folder, { recursive: true });
note("PUBACK after the commit, QoS 1", durable.perSecond, "msg/s", ">= 30000");
note("PUBACK after the commit, QoS 1, p99", durable.p99, "ms");

const costs: number[] = [];
for (const count of [10, 10_000]) {
  const cost = await withStub([], async (port, pid) => {
    const other = await openClient(port, "other", () => {});
    for (let i = 0; i < count; i++) other.write(subscribePacket(i % 2 ? `site/${i}/+/value` : `site/${i}/#`, 0));
    await settled(port);
    return (await load(port, pid, {})).cpuMicros[0] ?? Number.NaN;
  });
  costs.push(cost);
}
note("cost per message, 10,000 subscriptions to 10", (costs[1] ?? Number.NaN) / (costs[0] ?? Number.NaN), "x", "<= 1.3");

/** Waits until the broker answers a new connection, and so has dealt with what came before. */
async function settled(port: number): Promise<void> {
  const probe = createConnection(port, "127.0.0.1");
  await once(probe, "connect");
  probe.destroy();
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

if (values.json) writeFileSync(values.json, `${JSON.stringify({ figures }, null, 2)}\n`);
process.exit(0);
