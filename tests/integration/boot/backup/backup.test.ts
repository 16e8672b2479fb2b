import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { packTar } from "modern-tar";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { copyClosedJournal } from "../../../../runtime/boot/backup/copy-journal.ts";
import { finishRestore } from "../../../../runtime/boot/backup/finish-restore.ts";
import { type RestoreOptions, restoreBackup } from "../../../../runtime/boot/backup/restore.ts";
import { writeBackup } from "../../../../runtime/boot/backup/write-backup.ts";
import { dataPaths } from "../../../../runtime/boot/data-paths.ts";
import { type Op, openJournal } from "../../../../runtime/store/index.ts";
import { mountSmallDisk } from "../../../support/small-disk.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const TIME = Date.UTC(2026, 10, 23);
const PASSPHRASE = "correct horse battery";
const ROWS: Op[] = [
  ["plugin.set", "hall", "1.0.0", null, Buffer.alloc(8, 7), 0, 3],
  ["state.set", "hall", "count", Buffer.from("42")],
  ["batch.add", "hall", 0, 5, "1.0.0", Buffer.from("sent already"), Buffer.from("x")],
  ["batch.add", "hall", 5, 5, "1.0.0", Buffer.from("not sent"), Buffer.from("y")],
  ["batch.add", "hall", 10, 2, "1.0.0", Buffer.from("not sent either"), Buffer.from("z")],
  ["sent.set", "hall", 5],
];

let folder: string;
let first: string;
let file: string;
beforeEach(async () => {
  const temp = tempFolder("backup");
  onTestFinished(() => temp[Symbol.dispose]());
  folder = temp.path;
  first = join(folder, "first");
  file = join(folder, "device.backup");
  mkdirSync(join(first, "owners"), { recursive: true });
  mkdirSync(join(first, "keys"));
  mkdirSync(join(first, "packages"));
  writeFileSync(
    join(first, "steppps.yaml"),
    "# ours\nname: edge # the hall\nplugins:\n  hall: { package: packages/hall.steppps }\n",
  );
  writeFileSync(join(first, "owners/home.pub"), "steppps-key:x");
  writeFileSync(join(first, "keys/owner.jwks.json"), "PRIVATE");
  writeFileSync(join(first, "device.secret"), "SECRET");
  writeFileSync(join(first, "packages/hall.steppps"), "package");
  writeFileSync(join(first, "running.json"), "{}");
  const journal = await openJournal({ file: join(first, "journal.db") });
  await journal.commit(ROWS);
  await journal.close();
});

async function backup(passphrase?: string, history = true) {
  const journal = await copyClosedJournal(dataPaths(first));
  const document = { name: "edge", plugins: { hall: { package: "packages/hall.steppps" } } };
  const shared = { data: first, journal, document, version: "1.2.3", history, time: TIME, file };
  return writeBackup({ ...shared, ...(passphrase !== undefined && { passphrase }) });
}

function restore(options: Partial<RestoreOptions> = {}) {
  const data = options.data ?? join(folder, "second");
  mkdirSync(data, { recursive: true });
  return restoreBackup({
    file,
    data,
    identity: false,
    replace: false,
    passphrase: async () => PASSPHRASE,
    time: TIME,
    ...options,
  });
}

async function readRows(data: string) {
  const journal = await openJournal({ file: join(data, "journal.db") });
  try {
    const [plugins, state, batches] = await Promise.all([
      journal.read("plugin.all"),
      journal.read("state.all", "hall"),
      journal.read("batch.after", "hall", -1, 100),
    ]);
    return { nextSeq: plugins[0]?.nextSeq ?? 0, state, seqs: batches.map(({ seq }) => seq) };
  } finally {
    await journal.close();
  }
}

test("a backup without identity has no key in it, and becomes another device", async () => {
  const manifest = await backup();
  expect(manifest.files.map(({ path }) => path)).toEqual([
    "steppps.yaml",
    "owners/home.pub",
    "packages/hall.steppps",
    "journal.db",
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const plain = zstdDecompressSync(readFileSync(file)).toString("latin1");
  expect(plain).not.toMatch(/PRIVATE|SECRET/);

  expect(await restore()).toMatchObject({ name: "edge-restored" });
  const second = join(folder, "second");
  expect(readdirSync(second).sort()).toEqual(["journal.db", "owners", "packages", "steppps.yaml"]);
  expect(readFileSync(join(second, "steppps.yaml"), "utf8")).toMatch(/# ours\nname: edge-restored # the hall/);
  const rows = await readRows(second);
  expect(rows.state).toMatchObject([{ key: "count" }]);
  expect(rows.seqs).toEqual([0, 5, 10]);
  expect(rows.nextSeq).toBeGreaterThanOrEqual(2 ** 32 + 12);
  expect(Number.isSafeInteger(rows.nextSeq)).toBe(true);
});

test("one with identity is encrypted, and becomes the same device where that is asked for", async () => {
  await backup(PASSPHRASE);
  expect(readFileSync(file).toString("latin1")).not.toMatch(/manifest|PRIVATE/);
  await restore({ identity: true });
  const second = join(folder, "second");
  expect(readFileSync(join(second, "keys/owner.jwks.json"), "utf8")).toBe("PRIVATE");
  expect(readFileSync(join(second, "steppps.yaml"), "utf8")).toContain("name: edge #");
  expect((await readRows(second)).nextSeq).toBe(3);
  const third = join(folder, "third");
  await restore({ data: third, name: "garden" });
  expect(readdirSync(third).sort()).toEqual(["journal.db", "owners", "packages", "steppps.yaml"]);
  await expect(restore({ data: join(folder, "fourth"), passphrase: async () => "not the right one" })).rejects.toMatchObject({
    code: "E_BACKUP_PASSPHRASE",
  });
  expect(readdirSync(join(folder, "fourth"))).toEqual([]);
});

test("without history the outputs that wait are still in it", async () => {
  await backup(undefined, false);
  await restore();
  expect((await readRows(join(folder, "second"))).seqs).toEqual([5, 10]);
});

test("a folder that has something is left alone, or moved aside where that is asked for", async () => {
  await backup();
  const data = join(folder, "second");
  mkdirSync(data);
  writeFileSync(join(data, "steppps.yaml"), "name: old\n");
  await expect(restore({ data })).rejects.toMatchObject({ code: "E_RESTORE_TARGET" });
  expect(readFileSync(join(data, "steppps.yaml"), "utf8")).toBe("name: old\n");
  const { aside } = await restore({ data, replace: true });
  expect(readFileSync(join(aside as string, "steppps.yaml"), "utf8")).toBe("name: old\n");
  expect(readFileSync(join(data, "steppps.yaml"), "utf8")).toContain("edge-restored");
});

test("a backup is not written over another file, nor where it can't be", async () => {
  await backup();
  const before = readFileSync(file);
  await expect(backup()).rejects.toMatchObject({ code: "E_CLI_EXISTS" });
  expect(readFileSync(file)).toEqual(before);
  file = join(folder, "no/such/folder/device.backup");
  await expect(backup()).rejects.toMatchObject({ code: "E_FILE" });
});

test("a disk that is full keeps nothing of a backup, and takes no restore", async () => {
  const journal = await openJournal({ file: join(first, "journal.db") });
  await journal.commit([["state.set", "hall", "noise", randomBytes(400_000)]]);
  await journal.close();
  const disk = mountSmallDisk(128);
  if (!disk) throw new Error("this test fills a disk of its own: run it as root");
  try {
    const good = file;
    await backup();
    file = join(disk.folder, "device.backup");
    await expect(backup()).rejects.toMatchObject({ code: "E_DISK_FULL" });
    expect(readdirSync(disk.folder)).toEqual([]);
    file = good;
    await expect(restore({ data: disk.folder })).rejects.toMatchObject({ code: "E_DISK_FULL" });
    expect(readdirSync(disk.folder)).toEqual([]);
  } finally {
    disk.unmount();
  }
});

test("an identity that is not in it is not made up", async () => {
  await backup();
  await expect(restore({ identity: true })).rejects.toMatchObject({ code: "E_BACKUP_NO_IDENTITY" });
});

describe("a file that is not what was written changes nothing", () => {
  const data = () => join(folder, "second");
  const refused = async () => {
    await expect(restore({ data: data() })).rejects.toMatchObject({
      code: expect.stringMatching(/^E_(BACKUP_(FORMAT|DAMAGED|NEWER)|DISK_FULL|STORE_\w+)$/),
    });
    expect(readdirSync(data())).toEqual([]);
  };
  const tar = async (entries: readonly (readonly [string, string | Uint8Array])[]) =>
    zstdCompressSync(await packTar(entries.map(([name, body]) => ({ header: { name, size: Buffer.byteLength(body) }, body }))));
  const row = (path: string, body: string) => ({
    path,
    bytes: body.length,
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  });
  const manifest = (files: object[], format = 1) =>
    JSON.stringify({ format, steppps: "1", device: "edge", time: 0, history: true, identity: false, files });

  test("whatever byte of it is changed or missing", async () => {
    await backup();
    const good = readFileSync(file);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.boolean(), async (at, cut) => {
        const bad = cut ? good.subarray(0, at) : Buffer.from(good);
        if (!cut) bad[at] = (bad[at] as number) ^ 0x10;
        writeFileSync(file, bad);
        const into = join(folder, `round-${round++}`);
        try {
          await restore({ data: into });
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^E_/) });
          expect(readdirSync(into)).toEqual([]);
          return;
        }
        // A byte that means nothing (of zstd's frame, of tar's padding): what was restored is what was saved.
        expect((await readRows(into)).seqs).toEqual([0, 5, 10]);
      }),
      { numRuns: 40 },
    );
  });

  test("random bytes, nothing, an archive of something else", async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from("hello"), zstdCompressSync(Buffer.alloc(5000)), await tar([["x", "y"]])]) {
      writeFileSync(file, bytes);
      await refused();
    }
  });

  test.each(["../evil", "/etc/evil", "a/../../evil", "", ".hidden", "a\\..\\b"])("a path like %j", async (path) => {
    writeFileSync(file, await tar([["manifest.json", manifest([row(path, "abc"), row("journal.db", "abc")])]]));
    await refused();
  });

  test("one that the manifest does not name, names twice, or names and has not", async () => {
    const journal = row("journal.db", "abc");
    for (const entries of [
      [
        ["manifest.json", manifest([journal])],
        ["other", "abc"],
      ],
      [
        ["manifest.json", manifest([journal, journal])],
        ["journal.db", "abc"],
        ["journal.db", "abc"],
      ],
      [["manifest.json", manifest([journal])]],
      [
        ["manifest.json", manifest([journal])],
        ["journal.db", "abc"],
      ],
      [
        ["manifest.json", manifest([journal], 2)],
        ["journal.db", "abc"],
      ],
      [
        ["manifest.json", manifest([{ ...journal, bytes: 2 ** 50 }])],
        ["journal.db", "abc"],
      ],
    ] as const) {
      writeFileSync(file, await tar(entries));
      await refused();
    }
  });
});

test("a restore that was cut short while it moved files is finished at the next start", async () => {
  await backup();
  const data = join(folder, "second");
  mkdirSync(join(data, ".restored/new/owners"), { recursive: true });
  mkdirSync(join(data, ".restored/aside/before-restore-x"), { recursive: true });
  writeFileSync(join(data, ".restored/new/owners/a.pub"), "new");
  writeFileSync(join(data, "steppps.yaml"), "old");
  await finishRestore(data);
  await finishRestore(data);
  expect(readdirSync(data).sort()).toEqual(["before-restore-x", "owners"]);
  expect(readdirSync(join(data, "before-restore-x"))).toEqual(["steppps.yaml"]);
});
