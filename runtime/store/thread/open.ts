import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Opened } from "../protocol.ts";
import { connect, MEMORY } from "./connection.ts";
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
export function openDatabase(file: string): { database: DatabaseSync; opened: Opened } {
  const opened: Opened = file === MEMORY ? { state: "new" } : settle(file);
  const database = connect(file);
  try {
    migrate(database);
    return { database, opened };
  } catch (error) {
    database.close();
    throw error;
  }
}

function settle(file: string): Opened {
  if (existsSync(salvagedName(file))) return replace(file);
  const finding = inspect(file);
  if (finding === "clean") return { state: "clean" };
  if (finding === "unclean") {
    rmSync(suspectMark(file), { force: true });
    return { state: "recovered" };
  }
  build(file, finding === "damaged");
  if (finding === "damaged") return replace(file);
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

/** Sets the damaged files aside and puts the salvaged one in their place. Done again after a crash in the middle, it goes on. */
function replace(file: string): Opened {
  const setAside = `${file}.corrupt-${new Date().toISOString().replaceAll(":", "-")}`;
  const damaged = [`${file}-wal`, file].filter((path) => existsSync(path));
  for (const path of damaged) renameSync(path, setAside + path.slice(file.length));
  renameSync(salvagedName(file), file);
  for (const left of [`${file}-shm`, suspectMark(file)]) rmSync(left, { force: true });
  syncFolder(file);
  return damaged.length > 0 ? { state: "replaced", setAside } : { state: "replaced" };
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
