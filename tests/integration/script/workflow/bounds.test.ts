import { beforeAll, expect, onTestFinished, test } from "vitest";
import { StepppsError, utf8 } from "../../../../runtime/contract/index.ts";
import type { Journal } from "../../../../runtime/store/index.ts";
import { openJournal } from "../../../../runtime/store/index.ts";
import type { Built } from "../guests.ts";
import { Bench, SEED } from "./bench.ts";
import { buildKeepers, FIRST, OTHER } from "./keepers.ts";

let versions: Built[];
beforeAll(async () => {
  versions = await buildKeepers(FIRST, OTHER);
});

const memory = (built: Built): Built => ({ ...built, manifest: { ...built.manifest, durability: "memory" } });
const total = async (bench: Bench) => (await bench.known()).state.filter((line) => line.startsWith("total"));

test("a message that went over too many plugins becomes a dead letter, and its sender goes on", async () => {
  const bench = await Bench.start(versions);
  await bench.send("in/add", 1, { hops: 32, inside: true });
  await bench.send("in/add", 2, { hops: 33, inside: true });
  expect(bench.said("out/heard")).toEqual(["1"]);
  // What it leads to counts on.
  expect(bench.sent.map(({ hops }) => hops)).toEqual([32, 32]);
  expect(await bench.journal.read("dead.all", "keeper", 10)).toMatchObject([{ code: "E_PLUGIN_LOOP" }]);
});

test("an input whose commit can never succeed becomes a dead letter, and the others are handled once", async () => {
  const inner = await openJournal({ file: ":memory:" });
  const poison = Buffer.from("31337");
  const journal: Journal = {
    opened: inner.opened,
    commit: (ops) =>
      ops.some((op) => op[0] === "batch.add" && Buffer.from(op[5]).includes(poison))
        ? Promise.reject(new StepppsError("E_STORE_CONFLICT", "as told"))
        : inner.commit(ops),
    read: (query, ...params) => inner.read(query, ...params),
    pressure: () => inner.pressure(),
    size: () => inner.size(),
    widen: (ms) => inner.widen(ms),
    copy: (path) => inner.copy(path),
    close: () => inner.close(),
  };
  const bench = await Bench.start(versions, { journal });
  const ticking = setInterval(() => bench.clock.advance(500), 2);
  onTestFinished(() => clearInterval(ticking));
  await Promise.all([1, 2, 31337, 3, 4].map((n) => bench.send("in/add", n)));
  clearInterval(ticking);
  await bench.workflow.idle();
  expect(bench.said("out/heard")).toEqual(["1", "2", "3", "4"]);
  expect(await bench.journal.read("dead.all", "keeper", 10)).toMatchObject([{ code: "E_STORE_CONFLICT" }]);
  expect(bench.workflow.report.health).toBe("healthy");
});

test("a plugin that keeps its state in memory gets it back from there, and its inputs since are gone", async () => {
  const bench = await Bench.start(versions.map(memory));
  await bench.send("in/add", 5);
  await bench.send("in/later", "a 100");
  const before = new Map(bench.workflow.image.entries);
  await bench.swap("2.0.0");
  await bench.send("in/add", 6);
  expect(await bench.restore()).toEqual({ inputs: 0 });
  expect(new Map(bench.workflow.image.entries)).toEqual(before);
  await bench.advance(200);
  expect(bench.said("out/rang")).toHaveLength(1);
  expect(await bench.journal.read("probation.head", "keeper")).toEqual([]);
});

test("a durable version in place of one in memory, taken back; and the reverse", async () => {
  const [first, second] = versions as [Built, Built];
  for (const pair of [
    [memory(first), second],
    [first, memory(second)],
  ]) {
    const bench = await Bench.start(pair);
    await bench.send("in/add", 5);
    const before = new Map(bench.workflow.image.entries);
    await bench.swap("2.0.0");
    await bench.send("in/add", 6);
    await bench.restore();
    expect(new Map(bench.workflow.image.entries)).toEqual(before);
    expect((await bench.known()).state).toHaveLength(pair[0] === first ? before.size : 0);
  }
});

test("inputs that another workflow wrote down are handled here, in order, once", async () => {
  const bench = await Bench.start(versions);
  const { journal } = bench;
  const canary = versions.map(({ manifest, wasm }) => ({ manifest: { ...manifest, name: "keeper~canary" }, wasm }));
  await journal.commit([["plugin.set", "keeper~canary", "2.0.0", null, SEED, 0, 0]]);
  const other = await Bench.start(canary, { journal, inTest: false });
  for (const n of [1, 2]) await bench.send("in/add", n);
  for (const n of [3, 4]) await other.send("in/add", n);
  await other.send("in/bad");
  await other.workflow.close();
  const { seq } = other.workflow;
  const { handlers } = (versions[1] as Built).manifest;
  await bench.workflow.adopt(
    async () => ({ source: "keeper~canary", version: "2.0.0", handlers, from: 0, to: seq, jumps: [] }),
    [],
  );
  await bench.workflow.rerun();
  const model = await Bench.start(versions);
  for (const n of [1, 2, 3, 4]) await model.send("in/add", n);
  await model.send("in/bad");
  expect(await total(bench)).toEqual(await total(model));
  expect(await journal.read("pending.all", "keeper~canary")).toEqual([]);
});

test("what is kept for a rollback is not let go of, and its gate is told when it is too much", async () => {
  const told: string[] = [];
  const bench = await Bench.start(versions, {
    ports: { probationFull: (plugin) => told.push(plugin), historyBytes: () => 1000 },
  });
  const large = { payload: utf8(`1${" ".repeat(1024 * 1024)}`) };
  await bench.send("in/add", 1);
  await bench.swap("2.0.0");
  const first = bench.workflow.probation?.seq;
  for (let i = 0; i < 20; i++) await bench.send("in/draw", "", large);
  bench.workflow.shed();
  expect(told).toEqual(["keeper"]);
  await bench.workflow.idle();
  expect((await bench.journal.read("batch.range", "keeper", first ?? 0, bench.workflow.seq, 100)).length).toBe(20);
  await bench.workflow.settle([]);
  for (let i = 0; i < 5; i++) await bench.send("in/draw", "", large);
  expect((await bench.journal.read("batch.stats", "keeper"))[0]?.batches).toBeLessThan(10);
});

test("inputs that are handled again are kept until what became of the last of them is on disk", async () => {
  const inner = await openJournal({ file: ":memory:" });
  const full = Promise.withResolvers<void>();
  let fails = true;
  const journal: Journal = {
    opened: inner.opened,
    async commit(ops) {
      if (fails && ops.some(([statement]) => statement === "rerun.next")) {
        await full.promise;
        throw new StepppsError("E_STORE_FULL", "as told");
      }
      return inner.commit(ops);
    },
    read: (query, ...params) => inner.read(query, ...params),
    pressure: () => inner.pressure(),
    size: () => inner.size(),
    widen: (ms) => inner.widen(ms),
    copy: (path) => inner.copy(path),
    close: () => inner.close(),
  };
  const bench: Bench = await Bench.start(versions, { journal, ports: { full: () => bench.workflow.shed() } });
  await bench.swap("2.0.0");
  for (const n of [1, 2, 3, 4, 5]) {
    await bench.send("in/add", n);
    // Further apart than one batch of inputs that are handled again may reach.
    bench.clock.advance(20);
  }
  await bench.workflow.idle();
  await bench.restore();
  // It is through with all of them before the disk says that it is full.
  for (let turns = 0; turns < 500; turns++) await new Promise((resolve) => setImmediate(resolve));
  fails = false;
  full.resolve();
  const ticking = setInterval(() => bench.clock.advance(500), 2);
  onTestFinished(() => clearInterval(ticking));
  await bench.workflow.rerun();
  clearInterval(ticking);
  const model = await Bench.start(versions);
  for (const n of [1, 2, 3, 4, 5]) await model.send("in/add", n);
  expect(await total(bench)).toEqual(await total(model));
});

test("a checkpoint is written where a version or its settings begin", async () => {
  const bench = await Bench.start(versions);
  await bench.send("in/add", 1);
  await bench.swap("2.0.0");
  await bench.send("in/add", 1);
  await bench.restore();
  await bench.crash();
  const list = await bench.journal.read("checkpoint.list", "keeper");
  expect(list.map(({ seq, version }) => [seq, version])).toEqual([
    [0, "1.0.0"],
    [1, "2.0.0"],
    [2, "1.0.0"],
  ]);
  expect(list.every(({ settings }) => settings !== null)).toBe(true);
});
