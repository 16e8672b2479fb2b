import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Op, openJournal } from "../../../runtime/store/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const seed = new Uint8Array(8);

test("what was committed is read, in this life and the next", async () => {
  using folder = tempFolder("journal");
  const file = join(folder.path, "journal.db");
  const first = await openJournal({ file });
  expect(first.opened).toEqual({ state: "new" });
  await first.commit([
    ["plugin.set", "lights", "1.0.0", null, seed, 0, 7],
    ["state.set", "lights", "empty", new Uint8Array(0)],
    ["state.set", "lights", "größe\0", new Uint8Array([1, 2, 3])],
    ["timer.set", "lights", "off", Number.MAX_SAFE_INTEGER, new Uint8Array([9])],
  ]);
  await first.close();
  expect(readdirSync(folder.path)).toEqual(["journal.db", "journal.db.lock", "journal.db.reserve"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const second = await openJournal({ file });
  expect(second.opened).toEqual({ state: "clean" });
  expect(await second.read("plugin.one", "lights")).toEqual([
    { name: "lights", version: "1.0.0", previousVersion: null, seed, paused: 0, nextSeq: 7 },
  ]);
  expect(await second.read("state.all", "lights")).toEqual([
    { key: "empty", value: new Uint8Array(0) },
    { key: "größe\0", value: new Uint8Array([1, 2, 3]) },
  ]);
  expect(await second.read("timer.all", "lights")).toEqual([
    { name: "off", due: Number.MAX_SAFE_INTEGER, payload: new Uint8Array([9]) },
  ]);
  await second.close();
});

test("of commits that share a group, the one that contradicts is refused alone and whole", async () => {
  using folder = tempFolder("journal");
  const journal = await openJournal({ file: join(folder.path, "journal.db") });
  const pending = (id: string): Op => ["pending.add", "p", id, 0, 0, new Uint8Array(1), null];
  await journal.commit([pending("taken")]);
  const outcomes = await Promise.allSettled([
    journal.commit([pending("a"), ["meta.set", "a", "kept"]]),
    journal.commit([["meta.set", "b", "not kept"], pending("b"), pending("taken")]),
    journal.commit([["plugin.set", "p", "1.0.0", null, new Uint8Array(7), 0, 0]]),
    journal.commit([pending("c")]),
  ]);
  expect(outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "kept"))).toEqual([
    "kept",
    "E_STORE_CONFLICT",
    "E_STORE_CONFLICT",
    "kept",
  ]);
  expect((await journal.read("pending.all", "p")).map(({ id }) => id)).toEqual(["taken", "a", "c"]);
  expect(await journal.read("meta.one", "a")).toEqual([{ value: "kept" }]);
  expect(await journal.read("meta.one", "b")).toEqual([]);
  await journal.close();
});

test("a value of the wrong kind rejects its commit, and no other", async () => {
  const journal = await openJournal({ file: ":memory:" });
  const wrong = journal.commit([["meta.set", "a", 5 as unknown as string]]);
  const right = journal.commit([["meta.set", "b", "c"]]);
  await expect(wrong).rejects.toMatchObject({ code: "E_STORE_VALUE" });
  await right;
  await journal.close();
});

test("a question that makes no sense is refused, and the journal goes on", async () => {
  const journal = await openJournal({ file: ":memory:" });
  const wrong = [
    journal.read("batch.last", "p", "ten" as unknown as number),
    journal.read("meta.one", ["a"] as unknown as string),
  ];
  for (const read of wrong) await expect(read).rejects.toMatchObject({ code: "E_STORE_VALUE" });
  await journal.commit([["meta.set", "a", "b"]]);
  expect(await journal.read("meta.one", "a")).toEqual([{ value: "b" }]);
  await journal.close();
});

test("history, outbox and counts", async () => {
  const journal = await openJournal({ file: ":memory:" });
  const batch = (seq: number): Op => ["batch.add", "p", seq, 10, "1.0.0", new Uint8Array(seq), new Uint8Array(1)];
  await journal.commit([batch(0), batch(10), batch(20), batch(30), ["sent.set", "p", 10]]);
  const seqs = (rows: { seq: number }[]) => rows.map(({ seq }) => seq);
  expect(seqs(await journal.read("batch.unsent", "p"))).toEqual([20, 30]);
  expect(seqs(await journal.read("batch.unsent", "other"))).toEqual([]);
  expect(seqs(await journal.read("batch.after", "p", 0, 2))).toEqual([10, 20]);
  expect(seqs(await journal.read("batch.last", "p", 2))).toEqual([30, 20]);
  expect(await journal.read("batch.stats", "p")).toEqual([{ batches: 4, firstSeq: 0, lastSeq: 30, bytes: 64 }]);
  await journal.commit([["batch.trim", "p", 20]]);
  expect(await journal.read("batch.stats", "p")).toEqual([{ batches: 2, firstSeq: 20, lastSeq: 30, bytes: 52 }]);
  expect(await journal.read("batch.stats", "other")).toEqual([{ batches: 0, firstSeq: null, lastSeq: null, bytes: 0 }]);
  await journal.close();
});

test("a deleted plugin leaves nothing behind", async () => {
  const journal = await openJournal({ file: ":memory:" });
  const blob = new Uint8Array(1);
  const ops = (plugin: string): Op[] => [
    ["plugin.set", plugin, "1.0.0", null, seed, 0, 0],
    ["version.add", plugin, "1.0.0", "id", 1, blob],
    ["state.set", plugin, "k", blob],
    ["timer.set", plugin, "t", 1, blob],
    ["schedule.set", plugin, 0, 1],
    ["pending.add", plugin, "1", 0, 0, blob, null],
    ["dead.add", plugin, "1", "1.0.0", 1, "E_FAULT", "", blob, null],
    ["checkpoint.set", plugin, 1, "1.0.0", blob, null],
    ["probation.set", plugin, "1.0.1", "1.0.0", 1, 1, blob, blob, blob, "[]", "[]", "{}", "[]", "{}"],
    ["rerun.set", plugin, plugin, "1.0.1", 1, 2, "{}", "[]", null],
    ["batch.add", plugin, 0, 1, "1.0.0", blob, blob],
  ];
  await journal.commit([...ops("a"), ...ops("b")]);
  await journal.commit([["plugin.delete", "a"]]);
  const left = async (plugin: string) => [
    await journal.read("plugin.one", plugin),
    await journal.read("version.all", plugin),
    await journal.read("state.all", plugin),
    await journal.read("timer.all", plugin),
    await journal.read("schedule.all", plugin),
    await journal.read("pending.all", plugin),
    await journal.read("dead.all", plugin, 10),
    await journal.read("checkpoint.first", plugin, "1.0.0"),
    await journal.read("batch.last", plugin, 10),
  ];
  expect((await left("a")).flat()).toEqual([]);
  expect((await left("b")).map((rows) => rows.length)).toEqual(Array(9).fill(1));
  expect(await journal.read("dead.all", null, 10)).toHaveLength(1);
  await journal.close();
});

test("the event log keeps the newest", async () => {
  const journal = await openJournal({ file: ":memory:" });
  const events = Array.from({ length: 10 }, (_, i): Op => ["event.add", i, "plugin.log", "info", null, null, `line ${i}`, null]);
  await journal.commit(events);
  await journal.commit([["event.trim", 3]]);
  expect((await journal.read("event.last", 5)).map(({ time }) => time)).toEqual([9, 8, 7]);
  await journal.close();
});

test("closing writes what waits; afterwards nothing is taken any more", async () => {
  using folder = tempFolder("journal");
  const file = join(folder.path, "journal.db");
  const journal = await openJournal({ file, windowMs: 60_000 });
  const commits = Array.from({ length: 50 }, (_, i) => journal.commit([["meta.set", `key ${i}`, "value"]]));
  await Promise.all([journal.close(), journal.close()]);
  await Promise.all(commits);
  await expect(journal.commit([["meta.set", "late", "value"]])).rejects.toMatchObject({ code: "E_STORE_CLOSED" });
  await expect(journal.read("meta.one", "late")).rejects.toMatchObject({ code: "E_STORE_CLOSED" });

  const again = await openJournal({ file });
  expect(await again.read("meta.one", "key 49")).toEqual([{ value: "value" }]);
  await again.close();
});

test("a second journal on the same file is refused, and the first does not notice", async () => {
  using folder = tempFolder("journal");
  const file = join(folder.path, "journal.db");
  const journal = await openJournal({ file });
  await journal.commit([["meta.set", "a", "1"]]);
  await expect(openJournal({ file })).rejects.toMatchObject({ code: "E_DATA_IN_USE" });
  await journal.commit([["meta.set", "a", "2"]]);
  await journal.close();
  const again = await openJournal({ file });
  expect(again.opened.state).toBe("clean");
  expect(await again.read("meta.one", "a")).toEqual([{ value: "2" }]);
  await again.close();
});

test("pressure rises while commits wait and is gone when they are written", async () => {
  using folder = tempFolder("journal");
  const journal = await openJournal({ file: join(folder.path, "journal.db"), queueBytes: 1_000_000 });
  const commits = Array.from({ length: 20 }, (_, i) => journal.commit([["state.set", "p", `${i}`, new Uint8Array(100_000)]]));
  expect(journal.pressure()).toBe(1);
  await Promise.all(commits);
  expect(journal.pressure()).toBe(0);
  await journal.close();
});

test("the size is told: pages in use, the log, and what went to the disk", async () => {
  using folder = tempFolder("journal");
  const journal = await openJournal({ file: join(folder.path, "journal.db"), limitBytes: 10_000_000 });
  const before = await journal.size();
  await journal.commit([["state.set", "p", "k", new Uint8Array(1_000_000)]]);
  const after = await journal.size();
  expect(after.bytes - before.bytes).toBeGreaterThan(1_000_000);
  expect(after.walBytes).toBeGreaterThan(1_000_000);
  expect(after.limitBytes).toBe(10_000_000);
  expect(after.writtenBytes).toBeGreaterThanOrEqual(before.writtenBytes);
  await journal.commit([["state.clear", "p"]]);
  expect((await journal.size()).bytes).toBe(before.bytes);
  await journal.close();
});

test("the log does not grow with what is written", async () => {
  using folder = tempFolder("journal");
  const journal = await openJournal({ file: join(folder.path, "journal.db") });
  for (let i = 0; i < 60; i++) await journal.commit([["state.set", "p", "k", new Uint8Array(200_000).fill(i)]]);
  expect((await journal.size()).walBytes).toBeLessThan(2_000_000);
  await journal.close();
});
