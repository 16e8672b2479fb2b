import { readFileSync } from "node:fs";
import { parse } from "../../runtime/contract/index.ts";
import { type Group, Lock, type LockedDeb } from "./schema.ts";

export const LOCK_FILE = new URL("lock.json", import.meta.url);

/** A Debian architecture that programs of this machine are of, or an image's. */
export type DebArch = "amd64" | "arm64";

export function readLock(text: string = readFileSync(LOCK_FILE, "utf8")): Lock {
  return parse(Lock, JSON.parse(text));
}

/** As it is committed: packages in order, one field a line, so that a change shows as what it is. */
export function writeLock({ time, debian }: Lock): string {
  const order = ({ group, name, arch }: LockedDeb) => `${group} ${name} ${arch}`;
  return `${JSON.stringify({ time, debian: debian.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)) }, null, 2)}\n`;
}

/** The packages of a group for one architecture. */
export function lockedDebs(lock: Lock, group: Group, arch: DebArch): LockedDeb[] {
  return lock.debian.filter((deb) => deb.group === group && (deb.arch === arch || deb.arch === "all"));
}

export function lockedDeb(lock: Lock, name: string, arch: DebArch): LockedDeb {
  const found = lock.debian.find((deb) => deb.name === name && (deb.arch === arch || deb.arch === "all"));
  if (!found) throw new Error(`images/lock/lock.json has no ${name} for ${arch}`);
  return found;
}

/** Of the machine that runs us. */
export function hostArch(): DebArch {
  return process.arch === "arm64" ? "arm64" : "amd64";
}
