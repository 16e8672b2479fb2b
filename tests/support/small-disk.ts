import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own that is soon full. */
export interface SmallDisk {
  readonly folder: string;
  unmount(): void;
}

/** Mounts one of so many KiB; undefined, with a line that says so, where this user may not mount (only root may). */
export function mountSmallDisk(kib: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "small-disk-"));
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", folder], { encoding: "utf8" });
  if (status !== 0) {
    process.stderr.write(`no small disk to fill (${stderr?.trim() || "no mount command"}): run as root to test a full disk\n`);
    rmdirSync(folder);
    return undefined;
  }
  return {
    folder,
    unmount() {
      spawnSync("umount", ["--lazy", folder]);
      rmdirSync(folder);
    },
  };
}

/** Leaves no free byte; what takes the room is gone again when `ballast` of the folder is removed. */
export function fillDisk(folder: string): void {
  const file = openSync(join(folder, "ballast"), "a");
  // A disk says how much is free, not how much of it is to be had: it is asked for until there is no more.
  for (let size = 1024 * 1024; size > 0; size >>= 1) while (take(file, new Uint8Array(size)));
  closeSync(file);
}

function take(file: number, bytes: Uint8Array): boolean {
  try {
    return writeSync(file, bytes) === bytes.length;
  } catch {
    return false;
  }
}
