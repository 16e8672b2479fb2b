import { spawnSync } from "node:child_process";

/** A file as a block device of this machine. */
export interface LoopDisk {
  /** "/dev/loop3" */
  readonly path: string;
  [Symbol.dispose](): void;
}

/** Undefined, with a line that says so, where this user may have none (only root may). */
export function loopDisk(file: string): LoopDisk | undefined {
  const { status, stdout, stderr } = spawnSync("losetup", ["--find", "--show", file], { encoding: "utf8" });
  if (status !== 0) {
    process.stderr.write(`no loop device (${stderr?.trim() || "no losetup command"}): run as root to test real disks\n`);
    return undefined;
  }
  const path = stdout.trim();
  return { path, [Symbol.dispose]: () => void spawnSync("losetup", ["--detach", path]) };
}
