/**
 * What a durable commit costs, beside what the disk itself takes for the same bytes: `node tests/bench/store.ts [--json FILE]`.
 * A commit is what the plugin host makes of a batch of N messages: one history row, three changed state entries, one outbox mark.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Journal, type Op, openJournal } from "../../runtime/store/index.ts";

const MESSAGE_BYTES = 300;
const KEPT_BATCHES = 200;
const MILLIS = 4000;

interface Run {
  readonly commitsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly mainCpuMicros: number;
}

/** `callers` plugins, each with one batch of `n` messages on its way at any time. */
async function commits(journal: Journal, n: number, callers: number): Promise<Run> {
  const inputs = new Uint8Array(n * MESSAGE_BYTES).fill(1);
  const effects = new Uint8Array(n * MESSAGE_BYTES).fill(2);
  const value = new Uint8Array(100);
  const latencies: number[] = [];
  const end = performance.now() + MILLIS;
  const cpu = process.threadCpuUsage();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      const plugin = `n${n}c${callers}-${caller}`;
      for (let seq = 0; performance.now() < end; seq += n) {
        const ops: Op[] = [["batch.add", plugin, seq, n, "1.0.0", inputs, effects]];
        for (const key of ["count", "last", "sum"]) ops.push(["state.set", plugin, key, value]);
        ops.push(["sent.set", plugin, seq]);
        if (seq % (n * 50) === 0) ops.push(["batch.trim", plugin, seq - n * KEPT_BATCHES]);
        const start = performance.now();
        await journal.commit(ops);
        latencies.push(performance.now() - start);
      }
    }),
  );
  const used = process.threadCpuUsage(cpu);
  return {
    commitsPerSecond: latencies.length / (MILLIS / 1000),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    mainCpuMicros: (used.user + used.system) / latencies.length,
  };
}

/** The disk's own time to append `bytes` to a file and fdatasync it, p99 in ms. */
function fsyncs(folder: string, bytes: number): number {
  const chunk = new Uint8Array(bytes);
  const fd = openSync(join(folder, "fsync"), "w");
  const latencies: number[] = [];
  const end = performance.now() + MILLIS / 4;
  for (let at = 0; performance.now() < end; at = (at + bytes) % (16 << 20)) {
    const start = performance.now();
    writeSync(fd, chunk, 0, bytes, at);
    fdatasyncSync(fd);
    latencies.push(performance.now() - start);
  }
  closeSync(fd);
  return quantile(latencies, 0.99);
}

function quantile(values: number[], q: number): number {
  return values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;
}

const { values } = parseArgs({ options: { json: { type: "string" }, folder: { type: "string", default: tmpdir() } } });
const folder = mkdtempSync(join(values.folder, "store-bench-"));
const journal = await openJournal({ file: join(folder, "journal.db") });
const figures: object[] = [];
console.log("messages  callers  commits/s  messages/s  p50 ms  p99 ms  fsync p99 ms  main CPU us/commit");
for (const [n, callers] of [
  [1, 1],
  [16, 1],
  [64, 1],
  [100, 1],
  [256, 1],
  [1, 16],
  [16, 16],
  [100, 4],
] as const) {
  const diskP99 = fsyncs(folder, n * MESSAGE_BYTES * 2 + 16_384);
  const run = await commits(journal, n, callers);
  const cells = [n, callers, run.commitsPerSecond, run.commitsPerSecond * n, run.p50, run.p99, diskP99, run.mainCpuMicros];
  console.log(cells.map((cell) => String(cell < 10 ? cell.toFixed(2) : Math.round(cell)).padStart(9)).join(""));
  const name = `store ${callers} x ${n} messages a commit`;
  figures.push(
    { name: `${name}: commits`, value: run.commitsPerSecond, unit: "1/s", bound: 300, holds: run.commitsPerSecond >= 300 },
    { name: `${name}: p99 beyond fsync p99`, value: run.p99 - diskP99, unit: "ms", bound: 5, holds: run.p99 - diskP99 <= 5 },
  );
}
console.log(await journal.size());
await journal.close();
rmSync(folder, { recursive: true });
if (values.json) writeFileSync(values.json, JSON.stringify({ figures }, null, 2));
