import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Journal, type Op, openJournal } from "../../../runtime/store/index.ts";
import { APPLICATION_ID, MIGRATIONS } from "../../../runtime/store/schema/migrations.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const STATE_ROWS = 50;
const BATCHES = 100;

const home = tempFolder("recovery");
const template = join(home.path, "template.db");
afterAll(() => home[Symbol.dispose]());

/** A closed journal with something in every corner. */
beforeAll(async () => {
  const journal = await openJournal({ file: template });
  const batch = (seq: number): Op => ["batch.add", "p", seq, 1, "1.0.0", new Uint8Array(5000).fill(seq), new Uint8Array(9)];
  await journal.commit([
    ["plugin.set", "p", "1.0.0", null, new Uint8Array(8), 0, 0],
    ["meta.set", "device", "shed"],
    ...Array.from({ length: STATE_ROWS }, (_, i): Op => ["state.set", "p", `key ${i}`, new Uint8Array([i])]),
    ...Array.from({ length: BATCHES }, (_, seq) => batch(seq)),
  ]);
  await journal.close();
});

/** What a process that was killed leaves behind: the file, and a log with a commit in it. */
async function makeUnclosed(file: string, key: string): Promise<void> {
  const journal = await openJournal({ file });
  await journal.commit([["meta.set", key, "in the log"]]);
  for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, `${file}.copy${suffix}`);
  await journal.close();
  for (const suffix of ["", "-wal"]) copyFileSync(`${file}.copy${suffix}`, file + suffix);
  for (const suffix of ["", "-wal"]) rmSync(`${file}.copy${suffix}`);
}

async function batches(journal: Journal): Promise<number> {
  return (await journal.read("batch.stats", "p"))[0]?.batches ?? 0;
}

test("a journal that was not closed is recovered with all that was committed", async () => {
  using folder = tempFolder("recovery");
  const file = join(folder.path, "journal.db");
  copyFileSync(template, file);
  await makeUnclosed(file, "k");
  const journal = await openJournal({ file });
  expect(journal.opened).toEqual({ state: "recovered" });
  expect(await journal.read("meta.one", "k")).toEqual([{ value: "in the log" }]);
  expect(await batches(journal)).toBe(BATCHES);
  await journal.close();
});

test("a log that is cut short anywhere, or never written, loses the commits that are cut, and no others", async () => {
  using folder = tempFolder("recovery");
  const file = join(folder.path, "journal.db");
  copyFileSync(template, file);
  await makeUnclosed(file, "k");
  const whole = readFileSync(`${file}-wal`);
  const main = readFileSync(file);
  for (const log of [...[3, 32, 33, 2000, whole.length - 1].map((length) => whole.subarray(0, length)), new Uint8Array(9000)]) {
    writeFileSync(file, main);
    writeFileSync(`${file}-wal`, log);
    const journal = await openJournal({ file });
    expect(journal.opened).toEqual({ state: "recovered" });
    expect(await journal.read("meta.one", "device")).toEqual([{ value: "shed" }]);
    expect(await journal.read("meta.one", "k")).toEqual([]);
    expect(await batches(journal)).toBe(BATCHES);
    await journal.close();
  }
});

/** Each leaves a journal that cannot be used as it is; `salvaged` is whether what was in it can still be had. */
const DAMAGES: readonly { name: string; salvaged: "all" | "some" | "nothing"; damage(file: string): void }[] = [
  { name: "an empty file", salvaged: "nothing", damage: (file) => truncateSync(file, 0) },
  { name: "a file of a few bytes", salvaged: "nothing", damage: (file) => truncateSync(file, 50) },
  { name: "no database at all", salvaged: "nothing", damage: (file) => writeFileSync(file, "name: shed\n".repeat(1000)) },
  {
    name: "a file cut in the middle of a page",
    salvaged: "some",
    damage: (file) => truncateSync(file, statSync(file).size / 2 + 17),
  },
  { name: "a file that lacks its last page", salvaged: "some", damage: (file) => truncateSync(file, statSync(file).size - 4096) },
  { name: "a log of garbage", salvaged: "all", damage: (file) => writeFileSync(`${file}-wal`, "garbage".repeat(10_000)) },
  {
    name: "a log without its file",
    salvaged: "nothing",
    damage(file) {
      writeFileSync(`${file}-wal`, "garbage".repeat(1000));
      rmSync(file);
    },
  },
  {
    name: "garbage in the middle of a file that was not closed",
    salvaged: "some",
    damage(file) {
      const fd = openSync(file, "r+");
      writeSync(fd, new Uint8Array(16_384).fill(0xa5), 0, 16_384, Math.floor(statSync(file).size / 8192) * 4096);
      closeSync(fd);
      writeFileSync(`${file}.suspect`, "");
    },
  },
];

for (const { name, salvaged, damage } of DAMAGES) {
  test(`${name} is set aside, and ${salvaged} of it is salvaged`, async () => {
    using folder = tempFolder("recovery");
    const file = join(folder.path, "journal.db");
    copyFileSync(template, file);
    damage(file);
    const journal = await openJournal({ file });
    expect(journal.opened).toEqual({ state: "replaced", setAside: expect.stringMatching(/journal\.db\.corrupt-2/) });
    const { setAside = "" } = journal.opened;
    expect(existsSync(setAside) || existsSync(`${setAside}-wal`)).toBe(true);

    const found = await batches(journal);
    if (salvaged === "nothing") expect(found).toBe(0);
    if (salvaged === "some") expect(found).toBeGreaterThan(10);
    if (salvaged === "all") expect(found).toBe(BATCHES);
    if (salvaged !== "nothing") {
      expect(await journal.read("plugin.all")).toHaveLength(1);
      expect(await journal.read("state.all", "p")).toHaveLength(STATE_ROWS);
    }
    await journal.commit([["meta.set", "works", "yes"]]);
    await journal.close();
    expect(readdirSync(folder.path).filter((entry) => !entry.includes("corrupt"))).toEqual([
      "journal.db",
      "journal.db.lock",
      "journal.db.reserve",
    ]);

    const again = await openJournal({ file });
    expect(again.opened).toEqual({ state: "clean" });
    await again.close();
  });
}

test("a replacement that was interrupted is finished", async () => {
  using folder = tempFolder("recovery");
  const file = join(folder.path, "journal.db");
  copyFileSync(template, file);
  copyFileSync(file, `${file}.salvaged`);
  truncateSync(file, 0);
  const journal = await openJournal({ file });
  expect(journal.opened.state).toBe("replaced");
  expect(await batches(journal)).toBe(BATCHES);
  await journal.close();
});

test("a new journal that was not finished is begun again", async () => {
  using folder = tempFolder("recovery");
  const file = join(folder.path, "journal.db");
  writeFileSync(`${file}.new`, "half");
  const journal = await openJournal({ file });
  expect(journal.opened).toEqual({ state: "new" });
  await journal.close();
});

for (const [name, sql, code] of [
  ["another program's database", "PRAGMA application_id = 1234", "E_STORE_FOREIGN"],
  ["a journal without what this version needs", `PRAGMA user_version = ${999 * 65_536 + 999}`, "E_STORE_NEWER"],
] as const) {
  test(`${name} is refused and left as it is`, async () => {
    using folder = tempFolder("recovery");
    const file = join(folder.path, "journal.db");
    copyFileSync(template, file);
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
    const before = readFileSync(file);
    await expect(openJournal({ file })).rejects.toMatchObject({ code });
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(folder.path).filter((entry) => entry.includes("corrupt"))).toEqual([]);
    await expect(openJournal({ file }), "the lock was let go").rejects.toMatchObject({ code });
  });
}

test("a newer version's journal with more in it is used as it is, and keeps what is not known here", async () => {
  using folder = tempFolder("recovery");
  const file = join(folder.path, "journal.db");
  copyFileSync(template, file);
  const newer = new DatabaseSync(file);
  newer.exec("CREATE TABLE later (id INTEGER PRIMARY KEY, note TEXT) STRICT; INSERT INTO later VALUES (1, 'kept')");
  newer.exec("ALTER TABLE meta ADD COLUMN added INTEGER NOT NULL DEFAULT 7; PRAGMA user_version = 999");
  newer.close();
  const journal = await openJournal({ file });
  await journal.commit([["meta.set", "rollback", "older"]]);
  expect(await journal.read("meta.one", "rollback")).toEqual([{ value: "older" }]);
  await journal.close();
  const again = new DatabaseSync(file);
  expect({ ...again.prepare("SELECT note FROM later").get() }).toEqual({ note: "kept" });
  expect({ ...again.prepare("PRAGMA user_version").get() }).toEqual({ user_version: 999 });
  again.close();
});

test.each(MIGRATIONS.map((_, had) => had).slice(1))(
  "the journal of an earlier version, with %i of the migrations, gets the others",
  async (had) => {
    using folder = tempFolder("recovery");
    const file = join(folder.path, "journal.db");
    const older = new DatabaseSync(file);
    for (const sql of MIGRATIONS.slice(0, had).flat()) older.exec(sql);
    older.exec(
      `INSERT INTO meta (key, value) VALUES ('device', 'shed'); PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${had}`,
    );
    older.close();
    const journal = await openJournal({ file });
    expect(journal.opened.state).toBe("clean");
    await journal.commit([["inference.set", "p", 1, 0, "wear", "", 0, 100, new Uint8Array(8)]]);
    expect(await journal.read("inference.all", "p")).toHaveLength(1);
    expect(await journal.read("meta.one", "device")).toEqual([{ value: "shed" }]);
    await journal.close();
    const again = new DatabaseSync(file);
    expect({ ...again.prepare("PRAGMA user_version").get() }).toEqual({ user_version: MIGRATIONS.length });
    again.close();
  },
);

test("a folder that is not there is E_STORE_IO", async () => {
  using folder = tempFolder("recovery");
  await expect(openJournal({ file: join(folder.path, "none/journal.db") })).rejects.toMatchObject({ code: "E_STORE_IO" });
});

test("a page that goes bad while the journal is in use is noticed, and salvaged at the next start", async () => {
  using folder = tempFolder("recovery");
  const file = join(folder.path, "journal.db");
  copyFileSync(template, file);
  const journal = await openJournal({ file });
  const fd = openSync(file, "r+");
  for (let page = 100; page < 140; page++) writeSync(fd, new Uint8Array(4096).fill(0xa5), 0, 4096, page * 4096);
  await expect(journal.read("batch.after", "p", -1, 1000)).rejects.toMatchObject({ code: "E_STORE_CORRUPT" });
  await expect(journal.commit([["meta.set", "a", "b"]])).rejects.toMatchObject({ code: "E_STORE_CORRUPT" });
  await journal.close();
  closeSync(fd);
  const again = await openJournal({ file });
  expect(again.opened.state).toBe("replaced");
  expect(await batches(again)).toBeGreaterThan(10);
  await again.close();
});
