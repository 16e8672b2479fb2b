import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

/** CPU seconds that process `pid` has used, user and system. proc(5): fields 14 and 15 of /proc/<pid>/stat. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Share of the machine's CPU time, 0 to 1, that was not idle between two readings of `busyTicks`. */
export function busyTicks(): { busy: number; total: number } {
  const fields = (readFileSync("/proc/stat", "latin1").split("\n")[0] ?? "").split(/\s+/).slice(1).map(Number);
  const total = fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0);
  return { busy: total - (fields[3] ?? 0) - (fields[4] ?? 0), total };
}
