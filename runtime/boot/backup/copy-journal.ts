import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Journal, openJournal } from "../../store/index.ts";
import type { DataDirectory } from "../data-paths.ts";

const COPY = /^\.backup-[0-9a-f]{12}\.db(-journal)?$/;
/** Copies that wait for whoever asked for them; one that asks too often loses the oldest. */
const KEPT = 2;

/** A copy of the journal in the data directory, for whoever packs it and removes it then. */
export async function copyJournal(data: DataDirectory, journal: Pick<Journal, "copy">): Promise<string> {
  await removeCopies(data, KEPT);
  const path = join(data.path, `.backup-${randomBytes(6).toString("hex")}.db`);
  await journal.copy(path);
  return path;
}

/** The same while no supervisor runs. */
export async function copyClosedJournal(data: DataDirectory): Promise<string> {
  const journal = await openJournal({ file: data.journal });
  try {
    return await copyJournal(data, journal);
  } finally {
    await journal.close();
  }
}

/** Removes copies that somebody asked for and didn't take away, but for the newest so many. */
export async function removeCopies(data: DataDirectory, kept = 0): Promise<void> {
  const paths = (await readdir(data.path)).filter((name) => COPY.test(name)).map((name) => join(data.path, name));
  const times = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0));
  const oldest = paths.map((path, i) => ({ path, time: times[i] as number })).sort((a, b) => b.time - a.time);
  await Promise.all(oldest.slice(kept).map(({ path }) => rm(path, { force: true })));
}
