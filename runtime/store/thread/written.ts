import { readFileSync } from "node:fs";

/** Bytes that this thread sent to the disk, by the kernel's count (proc(5), write_bytes); 0 where the kernel doesn't count. */
export function threadWrittenBytes(): number {
  try {
    return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/thread-self/io", "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
