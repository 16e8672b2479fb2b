import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type JournalOptions, type Op, openJournal } from "../../store/index.ts";
import { syncFolder } from "../backup/finish-restore.ts";
import { dataPaths } from "../data-paths.ts";

/** Becomes what is left, in one rename: from then on the reset is finished, at the next start if this process ends before. */
const MAKING = ".resetting";
const MADE = ".reset";
/** What makes the device itself, and its clock. */
const KEPT = /^(identity|device\.secret|clock|lost\+found|journal\.db\.lock|\.reset)$/;

export interface FactoryResetOptions {
  /** The supervisor's data. */
  readonly data: string;
  /** As in `Parts`. */
  readonly thread?: string;
  /** ms since the epoch: commands that were signed before are not obeyed again. */
  readonly now: number;
}

/**
 * Makes a device as new, but for its identity and for how far its trust has come: roots, the lowest versions that may still come.
 * Otherwise whoever has the device in hand could go back to what was revoked.
 *
 *   journal ──copy of trust──▶ .resetting/ ──rename──▶ .reset/ ──delete the rest, move──▶ the data directory
 */
export async function factoryReset({ data, thread, now }: FactoryResetOptions): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  if (!existsSync(join(data, MADE))) {
    await rm(join(data, MAKING), { recursive: true, force: true });
    await mkdir(join(data, MAKING), { mode: 0o700 });
    const options = (file: string): JournalOptions => ({ file, ...(thread !== undefined && { thread }) });
    await copyTrust(options(dataPaths(data).journal), options(join(data, MAKING, "journal.db")), now);
    await syncFolder(join(data, MAKING));
    await rename(join(data, MAKING), join(data, MADE));
    await syncFolder(data);
  }
  await finishFactoryReset(data);
}

/** Goes on with a reset that was cut short once it counted; does nothing otherwise. */
export async function finishFactoryReset(data: string): Promise<void> {
  const made = join(data, MADE);
  if (!existsSync(made)) return;
  // Once its journal is moved, whatever is here is of after the reset.
  if (existsSync(join(made, "journal.db"))) {
    for (const name of await readdir(data)) if (!KEPT.test(name)) await rm(join(data, name), { recursive: true, force: true });
    await syncFolder(data);
    await rename(join(made, "journal.db"), join(data, "journal.db"));
    await syncFolder(data);
  }
  await rm(made, { recursive: true, force: true });
}

async function copyTrust(from: JournalOptions, to: JournalOptions, now: number): Promise<void> {
  const old = await openJournal(from);
  try {
    const [roles, dropped, floors, [time]] = await Promise.all([
      old.read("trust.roles"),
      old.read("trust.dropped"),
      old.read("trust.floors"),
      old.read("meta.one", "trust.time"),
    ]);
    const ops: Op[] = [
      ...roles.map(({ role, version, envelope }): Op => ["trust.role.set", role, version, envelope]),
      ...dropped.map(({ role, version, time }): Op => ["trust.dropped.set", role, version, time]),
      ...floors.map(({ component, version }): Op => ["trust.floor.set", component, version]),
      ["meta.set", "trust.time", time?.value ?? "0"],
      ["meta.set", "trust.commands", String(now)],
    ];
    const fresh = await openJournal(to);
    // Closing writes its log into the file, which therefore stands alone
    await fresh.commit(ops).finally(() => fresh.close());
  } finally {
    await old.close();
  }
}
