import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StepppsError } from "../../contract/errors/index.ts";
import type { Opened } from "../protocol.ts";
import { connect, MEMORY } from "./connection.ts";
import { inspect, suspectMark } from "./inspect.ts";
import { migrate } from "./migrate.ts";
import { salvage } from "./salvage.ts";
import { storeError } from "./sqlite-error.ts";

const STATE = { clean: "clean", unclean: "recovered" } as const;

/**
 * Opens the journal at `file`, whatever is found there. A new file is built beside it and renamed into place, so that one that is
 * empty or cut short is known to be damaged. Nothing is ever deleted: what is damaged is renamed `<file>.corrupt-<time>`.
 *
 *   absent             ──▶ .new ──▶ file
 *   damaged log        ──▶ file-wal ──▶ .corrupt-<time>-wal
 *   damaged ──salvage──▶ .new ──▶ .salvaged (complete) │ file ──▶ .corrupt-<time> │ .salvaged ──▶ file
 */
export function openDatabase(file: string): { database: DatabaseSync; opened: Opened } {
  if (file === MEMORY) return { database: connectSound(file, false), opened: { state: "new" } };
  if (existsSync(salvagedName(file))) return replace(file);
  const finding = inspect(file);
  if (finding === "absent") {
    build(file);
    renameSync(newName(file), file);
    syncFolder(file);
    return { database: connectSound(file, false), opened: { state: "new" } };
  }
  const setAside = setAsideName(file);
  if (finding === "damaged log") renameSync(`${file}-wal`, `${setAside}-wal`);
  if (finding !== "damaged") {
    try {
      const database = connectSound(file, finding !== "clean");
      rmSync(suspectMark(file), { force: true });
      return { database, opened: finding === "damaged log" ? { state: "replaced", setAside } : { state: STATE[finding] } };
    } catch (error) {
      if (storeError(error).code !== "E_STORE_CORRUPT") throw error;
    }
  }
  build(file, file);
  renameSync(newName(file), salvagedName(file));
  syncFolder(file);
  return replace(file);
}

/** A connection with the schema up to date. With `thorough`, every page is read first; throws E_STORE_CORRUPT. */
function connectSound(file: string, thorough: boolean): DatabaseSync {
  const database = connect(file);
  try {
    if (thorough) {
      const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
      if (found !== "ok") throw new StepppsError("E_STORE_CORRUPT", found);
    }
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes a complete file with the schema, and with what can be read of the `damaged` one. */
function build(file: string, damaged?: string): void {
  for (const suffix of ["", "-wal"]) rmSync(newName(file) + suffix, { force: true });
  writeFileSync(newName(file), "", { mode: 0o600, flag: "wx" });
  using fresh = connectSound(newName(file), false);
  if (damaged) salvage(damaged, fresh);
}

/** Sets the damaged files aside and puts the salvaged one in their place. Done again after a crash in the middle, it goes on. */
function replace(file: string): { database: DatabaseSync; opened: Opened } {
  const setAside = setAsideName(file);
  const damaged = [`${file}-wal`, file].filter((path) => existsSync(path));
  for (const path of damaged) renameSync(path, setAside + path.slice(file.length));
  renameSync(salvagedName(file), file);
  for (const left of [`${file}-shm`, suspectMark(file)]) rmSync(left, { force: true });
  syncFolder(file);
  const opened: Opened = damaged.length > 0 ? { state: "replaced", setAside } : { state: "replaced" };
  return { database: connectSound(file, false), opened };
}

const setAsideName = (file: string) => `${file}.corrupt-${new Date().toISOString().replaceAll(":", "-")}`;
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
