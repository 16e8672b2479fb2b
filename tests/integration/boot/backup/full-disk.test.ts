import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyJournal } from "../../../../runtime/boot/backup/copy-journal.ts";
import { restoreBackup } from "../../../../runtime/boot/backup/restore.ts";
import { writeBackup } from "../../../../runtime/boot/backup/write-backup.ts";
import { dataPaths } from "../../../../runtime/boot/data-paths.ts";
import { type Journal, openJournal } from "../../../../runtime/store/index.ts";
import { fillDisk, mountSmallDisk } from "../../../support/small-disk.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const TIME = Date.UTC(2026, 10, 23);
const STATE = randomBytes(200_000);
const STEP_KIB = 24;
/** More than any of it needs. */
const ROOM_KIB = 2048;

/** A data directory on a disk of its own, and how much of that is free. */
async function open() {
  const disk = mountSmallDisk(8 * 1024);
  if (!disk) throw new Error("this test fills a disk of its own: run it as root");
  const data = dataPaths(join(disk.folder, "data"));
  mkdirSync(data.path);
  writeFileSync(data.document, "name: edge\n");
  const leave = (kib: number) => {
    const room = join(disk.folder, "room");
    writeFileSync(room, new Uint8Array(kib * 1024));
    fillDisk(disk.folder);
    rmSync(room);
  };
  const free = () => rmSync(join(disk.folder, "ballast"), { force: true });
  return { disk, data, leave, free };
}

async function countOf(journal: Pick<Journal, "read">): Promise<string | undefined> {
  const rows = await journal.read("state.all", "hall");
  const count = rows.find(({ key }) => key === "count");
  return count && Buffer.from(count.value).toString();
}

/** What a full disk is called, whoever finds it so. */
const FULL = { code: expect.stringMatching(/^E_(DISK_FULL|STORE_FULL)$/) };

/** Runs `act` with a little more room each time until it goes well; how often it did not. */
async function untilItFits(
  leave: (kib: number) => void,
  free: () => void,
  act: (full: boolean) => Promise<void>,
): Promise<number> {
  for (let kib = 0; kib < ROOM_KIB; kib += STEP_KIB) {
    leave(kib);
    const failed = await act(true).then(
      () => false,
      (error: unknown) => {
        expect(error).toMatchObject(FULL);
        return true;
      },
    );
    free();
    if (!failed) return kib / STEP_KIB;
    await act(false);
  }
  throw new Error("it never fits");
}

test("a backup, with the disk full at each step of it: it is there in full or not at all, and the device goes on", async () => {
  const { disk, data, leave, free } = await open();
  const journal = await openJournal({ file: data.journal });
  try {
    await journal.commit([["state.set", "hall", "noise", STATE]]);
    let count = 0;
    const file = join(disk.folder, "device.backup");
    const before = () => readdirSync(data.path).sort();
    const files = before();
    const failures = await untilItFits(leave, free, async (full) => {
      if (!full) {
        // Nothing of it is left, and what the device writes has its room again.
        expect(before()).toEqual(files);
        expect(readdirSync(disk.folder)).toEqual(["data"]);
        await journal.commit([["state.set", "hall", "count", Buffer.from(String(++count))]]);
        return;
      }
      const copy = await copyJournal(data, journal);
      try {
        const shared = { data: data.path, journal: copy, document: { name: "edge" }, version: "1.2.3", history: true };
        await writeBackup({ ...shared, time: TIME, file });
      } finally {
        rmSync(copy, { force: true });
      }
    });
    expect(failures).toBeGreaterThan(10);
    expect(await countOf(journal)).toBe(String(count));
    using elsewhere = tempFolder("restored");
    await restoreBackup({ file, data: elsewhere.path, identity: false, replace: false, passphrase: async () => "", time: TIME });
    const restored = await openJournal({ file: dataPaths(elsewhere.path).journal });
    expect(await countOf(restored)).toBe(String(count));
    await restored.close();
  } finally {
    await journal.close();
    disk.unmount();
  }
});

test("a restore over what is there, with the disk full at each step of it: all of the old, or all of the new", async () => {
  using elsewhere = tempFolder("restore");
  const other = dataPaths(join(elsewhere.path, "data"));
  mkdirSync(other.path);
  writeFileSync(other.document, "name: other\n");
  const made = await openJournal({ file: other.journal });
  await made.commit([
    ["state.set", "hall", "noise", STATE],
    ["state.set", "hall", "count", Buffer.from("42")],
  ]);
  const copy = await copyJournal(other, made);
  await made.close();
  const file = join(elsewhere.path, "device.backup");
  const shared = { data: other.path, journal: copy, document: { name: "other" }, version: "1.2.3", history: true };
  await writeBackup({ ...shared, time: TIME, file });

  const { disk, data, leave, free } = await open();
  try {
    const journal = await openJournal({ file: data.journal });
    await journal.commit([["state.set", "hall", "count", Buffer.from("7")]]);
    await journal.close();
    const files = readdirSync(data.path).sort();
    const read = async () => {
      const open = await openJournal({ file: data.journal });
      const found = { document: readFileSync(data.document, "utf8"), count: await countOf(open) };
      await open.close();
      return found;
    };
    const failures = await untilItFits(leave, free, async (full) => {
      if (full)
        await restoreBackup({ file, data: data.path, identity: false, replace: true, passphrase: async () => "", time: TIME });
      else {
        expect(readdirSync(data.path).sort()).toEqual(files);
        expect(await read()).toEqual({ document: "name: edge\n", count: "7" });
      }
    });
    expect(failures).toBeGreaterThan(10);
    expect(await read()).toMatchObject({ document: expect.stringContaining("other-restored"), count: "42" });
  } finally {
    disk.unmount();
  }
});
