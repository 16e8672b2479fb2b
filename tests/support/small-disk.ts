import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
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
