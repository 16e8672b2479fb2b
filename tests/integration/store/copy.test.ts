import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { checkJournalFile, type Journal, type Op, openJournal } from "../../../runtime/store/index.ts";
import { mountSmallDisk } from "../../support/small-disk.ts";
import { tempFolder } from "../../support/temp-folder.ts";

let folder: string;
let journal: Journal;
beforeEach(async () => {
  const temp = tempFolder("copy");
  folder = temp.path;
  journal = await openJournal({ file: join(folder, "journal.db") });
  onTestFinished(async () => {
    await journal.close();
    temp[Symbol.dispose]();
  });
});

const fill = (rows: number) =>
  Promise.all(
    Array.from({ length: rows }, (_, i) =>
      journal.commit([["batch.add", "hall", i * 10, 10, "1", Buffer.alloc(4_000, i), Buffer.alloc(100)]]),
    ),
  );

/** Two rows that change together. */
const pair = (n: number): Op[] => [
  ["state.set", "hall", "left", Buffer.from(String(n))],
  ["state.set", "hall", "right", Buffer.from(String(n))],
];

test("a copy made while commits go on is a journal of one moment, and they do go on", async () => {
  await fill(5_000);
  await journal.commit(pair(0));
  let copied = false;
  let commits = 0;
  const copy = journal.copy(join(folder, "copy.db")).finally(() => {
    copied = true;
  });
  while (!copied) await journal.commit(pair(++commits));
  await copy;
  expect(commits).toBeGreaterThan(0);
  expect(readdirSync(folder).filter((name) => name.startsWith("copy"))).toEqual(["copy.db"]);
  checkJournalFile(join(folder, "copy.db"));
  using database = new DatabaseSync(join(folder, "copy.db"), { readOnly: true });
  const values = database.prepare("SELECT value FROM state ORDER BY key").all();
  expect(values).toHaveLength(2);
  expect(Buffer.from(values[0]?.value as Uint8Array)).toEqual(Buffer.from(values[1]?.value as Uint8Array));
  expect(database.prepare("SELECT count(*) AS rows FROM batch").get()).toEqual({ rows: 5_000 });
});

test("nothing is written over, and a close waits for the copy", async () => {
  await fill(500);
  const path = join(folder, "copy.db");
  const copy = journal.copy(path);
  await journal.close();
  await copy;
  checkJournalFile(path);
  const again = await openJournal({ file: join(folder, "journal.db") });
  await expect(again.copy(path)).rejects.toMatchObject({ code: "E_CLI_EXISTS" });
  await expect(again.copy(join(folder, "no/such/folder"))).rejects.toMatchObject({ code: "E_STORE_IO" });
  checkJournalFile(path);
  await again.close();
});

test("a disk that gets full while it is copied onto keeps nothing of it, and the journal goes on", async () => {
  await fill(500);
  const disk = mountSmallDisk(1024);
  if (!disk) throw new Error("this test fills a disk of its own: run it as root");
  try {
    const path = join(disk.folder, "copy.db");
    await expect(journal.copy(path)).rejects.toMatchObject({ code: "E_STORE_FULL" });
    expect(existsSync(path)).toBe(false);
    await journal.commit(pair(1));
  } finally {
    disk.unmount();
  }
  await journal.copy(join(folder, "copy.db"));
  expect(statSync(join(folder, "copy.db")).size).toBeGreaterThan(500 * 4_000);
});

test("a window makes commits share a group, and goes when it is not wanted any more", async () => {
  journal.widen(50);
  await Promise.all([1, 2, 3].map((n) => journal.commit(pair(n))));
  journal.widen(0);
  await journal.commit(pair(4));
  const [left] = await journal.read("state.all", "hall");
  expect(Buffer.from(left?.value as Uint8Array).toString()).toBe("4");
});
