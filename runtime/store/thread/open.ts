import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Opened } from "../protocol.ts";
import { connect, MEMORY, PAGE_BYTES } from "./connection.ts";
import { inspect, suspectMark } from "./inspect.ts";
import { migrate } from "./migrate.ts";
import { salvage } from "./salvage.ts";

/**
 * Opens the journal at `file`, whatever is found there. A new file is built beside it and renamed into place, so that one that is
 * empty or cut short is known to be damaged. Nothing is ever deleted: what is damaged is renamed `<file>.corrupt-<time>`.
 *
 *   absent             ──▶ .new ──▶ file
 *   damaged ──salvage──▶ .new ──▶ .salvaged (complete) │ file ──▶ .corrupt-<time> │ .salvaged ──▶ file
 */
export function openDatabase(file: string, limitBytes: number): { database: DatabaseSync; opened: Opened } {
  const opened: Opened = file === MEMORY ? { state: "new" } : settle(file);
  const database = connect(file);
  database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(limitBytes / PAGE_BYTES))}`);
  migrate(database);
  return { database, opened };
}

function settle(file: string): Opened {
  if (existsSync(salvagedName(file))) return { state: "replaced", setAside: replace(file) };
  const finding = inspect(file);
  if (finding === "clean") return { state: "clean" };
  if (finding === "unclean") {
    rmSync(suspectMark(file), { force: true });
    return { state: "recovered" };
  }
  build(file, finding === "damaged");
  if (finding === "damaged") return { state: "replaced", setAside: replace(file) };
  renameSync(newName(file), file);
  syncFolder(file);
  return { state: "new" };
}

/** Makes a complete file with the schema, and with what can be read of the old one. */
function build(file: string, salvaging: boolean): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(newName(file) + suffix, { force: true });
  writeFileSync(newName(file), "", { mode: 0o600, flag: "wx" });
  const fresh = connect(newName(file));
  try {
    migrate(fresh);
    if (salvaging) salvage(file, fresh);
  } finally {
    fresh.close();
  }
  if (salvaging) renameSync(newName(file), salvagedName(file));
  syncFolder(file);
}

/** Sets the damaged files aside and puts the salvaged one in their place. Can be done again after a crash in the middle. */
function replace(file: string): string {
  const setAside = `${file}.corrupt-${new Date().toISOString().replaceAll(":", "-")}`;
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${setAside}-wal`);
  if (existsSync(file)) renameSync(file, setAside);
  rmSync(`${file}-shm`, { force: true });
  renameSync(salvagedName(file), file);
  rmSync(suspectMark(file), { force: true });
  syncFolder(file);
  return setAside;
}

const newName = (file: string) => `${file}.new`;
const salvagedName = (file: string) => `${file}.salvaged`;

function syncFolder(file: string): void {
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
