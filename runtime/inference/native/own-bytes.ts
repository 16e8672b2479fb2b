import { readFileSync } from "node:fs";

/** Bytes of memory that a process has to itself, without what it maps of files and shares; 0 where that can't be told. */
export function ownBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return 1024 * Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  } catch {
    // it has just ended, which is told in its own way
    return 0;
  }
}
