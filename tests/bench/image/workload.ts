import type { ConsoleLog } from "../../../images/qemu/console-log.ts";

/** What a machine has found out about itself. */
export interface Found {
  /** Bytes. */
  readonly total: number;
  /** Bytes of `total` that could not be had for something else, before the workload. */
  readonly used: number;
  /** That the workload took. */
  readonly seconds: number;
}

/**
 * Lines for a shell: after a pause, what memory there is; then two programs that do nothing but count, and when they began and ended.
 * busybox is the same on both sides, and so is its environment: how many instructions its awk takes for one step goes by where its
 * first allocations lie, and those are of the variables' names (1.5 times as many from one set of variables to another).
 */
export function workload({ pauseSeconds, steps }: { readonly pauseSeconds: number; readonly steps: number }): string {
  const count = `env -i awk 'BEGIN { for (i = 0; i < ${steps}; i++) x += i * i }'`;
  return [
    `sleep ${pauseSeconds}`,
    `while read name value unit; do case $name in MemTotal:) total=$value;; MemAvailable:) available=$value;; esac; done </proc/meminfo`,
    `read began rest </proc/uptime`,
    `${count} & one=$!`,
    `${count} & two=$!`,
    `wait $one $two`,
    `read ended rest </proc/uptime`,
    `echo "measured $total $available $began $ended" >/dev/console`,
    "",
  ].join("\n");
}

/** Behind a prompt, which ends in no line, where there is one. */
export async function readFound(console: ConsoleLog): Promise<Found> {
  const line = await console.line(/measured (\d+) (\d+) ([\d.]+) ([\d.]+)/, 0, 600_000);
  const [total = 0, available = 0, began = 0, ended = 0] = line.slice(1).map(Number);
  return { total: total * 1024, used: (total - available) * 1024, seconds: ended - began };
}
