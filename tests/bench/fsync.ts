import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { quantile } from "./quantile.ts";

/** About what a commit at 5,000 messages a second writes. */
const CHUNK = 32 * 1024;
const FILE_BYTES = 16 * 1024 * 1024;
const MILLIS = 1_500;

/** p99, in ms, of writing 32 KiB to a file in `folder` and waiting until the disk has it: the way a journal writes. */
export function fsyncP99(folder: string): number {
  const chunk = Buffer.alloc(CHUNK, 1);
  const file = join(folder, "fsync");
  const fd = openSync(file, "w");
  const times: number[] = [];
  const end = performance.now() + MILLIS;
  for (let at = 0; performance.now() < end; at = (at + CHUNK) % FILE_BYTES) {
    const began = performance.now();
    writeSync(fd, chunk, 0, CHUNK, at);
    fdatasyncSync(fd);
    times.push(performance.now() - began);
  }
  closeSync(fd);
  rmSync(file);
  return quantile(times, 0.99);
}
