import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Journal, type Op, openJournal } from "../../../runtime/store/index.ts";
import { mountSmallDisk, type SmallDisk } from "../../support/small-disk.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const batch = (seq: number, bytes: number): Op => ["batch.add", "p", seq, 1, "1.0.0", new Uint8Array(bytes), new Uint8Array(0)];

/** Commits batches until one is refused; how many were taken. */
async function fill(journal: Journal, bytes: number): Promise<number> {
  for (let seq = 0; ; seq++) {
    try {
      await journal.commit([batch(seq, bytes), ["meta.set", "last", `${seq}`]]);
    } catch (error) {
      expect(error).toMatchObject({ code: "E_STORE_FULL" });
      return seq;
    }
  }
}

test("a journal at its limit refuses what is new, keeps what it has, and takes more once there is room", async () => {
  using folder = tempFolder("full");
  const file = join(folder.path, "journal.db");
  const journal = await openJournal({ file, limitBytes: 2_000_000 });
  const taken = await fill(journal, 50_000);
  expect(taken).toBeGreaterThan(20);
  expect((await journal.size()).bytes).toBeLessThanOrEqual(2_000_000);

  const outcomes = await Promise.allSettled([
    journal.commit([batch(1000, 50_000)]),
    journal.commit([["meta.set", "small", "fits"]]),
    journal.commit([batch(1001, 50_000)]),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected"]);
  expect(await journal.read("meta.one", "last")).toEqual([{ value: `${taken - 1}` }]);

  await journal.commit([["batch.trim", "p", 10]]);
  await journal.commit([batch(1002, 50_000)]);
  expect(await journal.read("batch.stats", "p")).toEqual([
    { batches: taken - 9, firstSeq: 10, lastSeq: 1002, bytes: (taken - 9) * 50_000 },
  ]);
  await journal.close();
});

test("one batch that can never fit is refused without harm to its neighbours", async () => {
  using folder = tempFolder("full");
  const journal = await openJournal({ file: join(folder.path, "journal.db"), limitBytes: 1_000_000 });
  const huge = journal.commit([["meta.set", "huge", "no"], batch(0, 5_000_000)]);
  const small = journal.commit([["meta.set", "small", "yes"]]);
  await expect(huge).rejects.toMatchObject({ code: "E_STORE_FULL" });
  await small;
  expect(await journal.read("meta.one", "huge")).toEqual([]);
  await journal.close();
});

const disk = mountSmallDisk(8192);

// Where nothing can be mounted (the reason was printed) the limit above stands for the disk.
if (disk) {
  const { folder, unmount } = disk as SmallDisk;
  const file = join(folder, "journal.db");
  const ballast = join(folder, "ballast");
  /** Leaves no free byte. */
  const stuff = () => {
    const { bsize, bavail } = statfsSync(folder);
    writeFileSync(ballast, new Uint8Array(bsize * bavail));
  };
  let journal: Journal;

  beforeEach(async () => {
    journal = await openJournal({ file });
    return () => journal.close();
  });
  afterEach(({ task }) => {
    if (task.name.endsWith("(last)")) unmount();
    else for (const path of [ballast, file, `${file}-wal`, `${file}.reserve`]) rmSync(path, { force: true });
  });

  test("a full disk refuses commits, loses none that was taken, and all is well when it has room again", async () => {
    await journal.commit([["meta.set", "before", "kept"]]);
    stuff();
    const taken = await fill(journal, 20_000);
    const outcomes = await Promise.allSettled([0, 1, 2].map((i) => journal.commit([batch(1000 + i, 20_000)])));
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.code)).toEqual(
      Array(3).fill("E_STORE_FULL"),
    );
    expect(await journal.read("meta.one", "before")).toEqual([{ value: "kept" }]);

    rmSync(ballast);
    await journal.commit([["meta.set", "after", "kept"]]);
    expect((await journal.read("batch.stats", "p"))[0]).toMatchObject({ batches: taken });
    await journal.close();

    const again = await openJournal({ file });
    expect(again.opened.state).toBe("clean");
    expect(await again.read("meta.one", "after")).toEqual([{ value: "kept" }]);
    expect((await again.read("batch.stats", "p"))[0]).toMatchObject({ batches: taken });
    await again.close();
  });

  test("a disk that fills up does not keep a journal from deleting (last)", async () => {
    for (let round = 0; round < 5; round++) {
      expect(await fill(journal, 20_000)).toBeGreaterThan(100);
      await journal.commit([["batch.trim", "p", 1_000_000]]);
      expect((await journal.read("batch.stats", "p"))[0]).toMatchObject({ batches: 0 });
    }
  });
}
