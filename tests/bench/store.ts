/**
 * What a durable commit costs, beside what the disk itself takes for the same bytes:
 *
 *   node tests/bench/store.ts [--json FILE] [--folder DIR] [--force]
 *
 * A commit is what the plugin host makes of a batch of N messages: one history row, three changed state entries, one outbox mark.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Journal, type Op, openJournal } from "../../runtime/store/index.ts";
import { type Figure, judge } from "./figure.ts";
import { quantile } from "./quantile.ts";
import { Quiet } from "./quiet.ts";

const MESSAGE_BYTES = 300;
const KEPT_BATCHES = 200;
/** The disk and the journal take turns, so that what else the machine does meets both. */
const ROUNDS = 8;
const JOURNAL_MS = 500;
const DISK_MS = 125;

interface Case {
  readonly messages: number;
  /** How many plugins have a commit on its way at any time. */
  readonly plugins: number;
}

const CASES: readonly Case[] = [
  ...[1, 16, 64, 100, 256].map((messages) => ({ messages, plugins: 1 })),
  ...[1, 16].map((messages) => ({ messages, plugins: 16 })),
  { messages: 100, plugins: 4 },
];

interface Measured {
  /** ms of each commit, and of each write and fdatasync of as many bytes. */
  readonly commits: number[];
  readonly syncs: number[];
  /** us of the event loop's thread. */
  readonly mainMicros: number;
}

async function measure(journal: Journal, folder: string, { messages, plugins }: Case): Promise<Measured> {
  const commits: number[] = [];
  const syncs: number[] = [];
  let mainMicros = 0;
  for (let round = 0; round < ROUNDS; round++) {
    syncDisk(folder, messages * MESSAGE_BYTES * 2 + 16_384, syncs);
    const names = Array.from({ length: plugins }, (_, i) => `plugin-${i}`);
    const cpu = process.threadCpuUsage();
    const end = performance.now() + JOURNAL_MS;
    await Promise.all(names.map((name) => commitBatches(journal, name, messages, end, commits)));
    const { user, system } = process.threadCpuUsage(cpu);
    mainMicros += user + system;
    await journal.commit(names.map((name): Op => ["plugin.delete", name]));
  }
  return { commits, syncs, mainMicros };
}

/** One plugin that commits batches of `n` messages until `end`. */
async function commitBatches(journal: Journal, plugin: string, n: number, end: number, millis: number[]): Promise<void> {
  const inputs = new Uint8Array(n * MESSAGE_BYTES).fill(1);
  const effects = new Uint8Array(n * MESSAGE_BYTES).fill(2);
  const value = new Uint8Array(100);
  for (let seq = 0; performance.now() < end; seq += n) {
    const ops: Op[] = [["batch.add", plugin, seq, n, "1.0.0", inputs, effects]];
    for (const key of ["count", "last", "sum"]) ops.push(["state.set", plugin, key, value]);
    ops.push(["sent.set", plugin, seq]);
    if (seq % (n * 50) === 0) ops.push(["batch.trim", plugin, seq - n * KEPT_BATCHES]);
    const start = performance.now();
    await journal.commit(ops);
    millis.push(performance.now() - start);
  }
}

/** Appends `bytes` and calls fdatasync, over and over: what the disk takes for the bytes of one commit. */
function syncDisk(folder: string, bytes: number, millis: number[]): void {
  const chunk = new Uint8Array(bytes);
  const fd = openSync(join(folder, "fsync"), "w");
  const end = performance.now() + DISK_MS;
  for (let at = 0; performance.now() < end; at += bytes) {
    const start = performance.now();
    writeSync(fd, chunk, 0, bytes, at);
    fdatasyncSync(fd);
    millis.push(performance.now() - start);
  }
  closeSync(fd);
}

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    folder: { type: "string", default: tmpdir() },
    force: { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(join(values.folder, "store-bench-"));
const quiet = new Quiet({ force: values.force, say: (line) => console.error(line) });
const figures: Figure[] = [];
try {
  const journal = await openJournal({ file: join(folder, "journal.db") });
  console.log("messages  plugins  commits/s  messages/s  p50 ms  p99 ms  fsync p99 ms  main thread us/commit");
  for (const one of CASES) {
    const { commits, syncs, mainMicros } = await quiet.watch(() => measure(journal, folder, one));
    const rate = commits.length / ((ROUNDS * JOURNAL_MS) / 1000);
    const p99 = quantile(commits, 0.99);
    const diskP99 = quantile(syncs, 0.99);
    const whole = [one.messages, one.plugins, rate, rate * one.messages].map(Math.round);
    const fine = [quantile(commits, 0.5), p99, diskP99, mainMicros / commits.length].map((cell) => cell.toFixed(2));
    const widths = [8, 9, 11, 12, 8, 8, 14, 23];
    console.log([...whole, ...fine].map((cell, i) => String(cell).padStart(widths[i] ?? 0)).join(""));
    const name = `journal, ${one.plugins} x ${one.messages} messages`;
    figures.push(judge({ name: `${name}: commits`, unit: "1/s", bound: ">= 300" }, rate));
    figures.push(judge({ name: `${name}: p99 beyond the disk's fsync p99`, unit: "ms", bound: "<= 5" }, p99 - diskP99));
  }
  await journal.close();
} finally {
  rmSync(folder, { recursive: true });
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ figures }, null, 2)}\n`);
