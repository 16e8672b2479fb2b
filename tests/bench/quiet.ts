import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Cores' worth of CPU time that others may use during a window. */
const FOREIGN_MAX = 0.1;
const LOOK_MS = 1_000;
const SETTLE_MS = 60_000;
const TRIES = 3;
const TICKS_PER_SECOND = 100;
/** kthreadd: what the kernel's own threads write and send is our doing when all else is quiet. */
const KERNEL_THREADS = 2;

/** The machine has other work to do, so that figures taken now would mean nothing. */
export class BusyMachine extends Error {}

export interface QuietOptions {
  /** Measure all the same. */
  readonly force: boolean;
  say(line: string): void;
}

/** Lets a window count only when the benchmark and what it started had the CPU to themselves. */
export class Quiet {
  readonly #options: QuietOptions;
  /** The most that others used during a window that counted, in cores. */
  worst = 0;

  constructor(options: QuietOptions) {
    this.#options = options;
  }

  get forced(): boolean {
    return this.#options.force;
  }

  /** Runs `work` when the machine is quiet, and again when it wasn't meanwhile. Throws BusyMachine when that doesn't help. */
  async watch<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (!this.#options.force) await this.#settle();
      const stop = foreignCores();
      const result = await work();
      const foreign = stop();
      if (foreign <= FOREIGN_MAX || this.#options.force) {
        this.worst = Math.max(this.worst, foreign);
        return result;
      }
      const used = `other work used ${foreign.toFixed(2)} cores during a window`;
      if (attempt === TRIES) throw new BusyMachine(`${used}, ${TRIES} times in a row`);
      this.#options.say(`  ${used}: again`);
    }
  }

  async #settle(): Promise<void> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const stop = foreignCores();
      await sleep(LOOK_MS);
      const foreign = stop();
      if (foreign <= FOREIGN_MAX) return;
      if (performance.now() > end) {
        throw new BusyMachine(`other work uses ${foreign.toFixed(2)} cores; end it, or give --force to measure all the same`);
      }
    }
  }
}

/** Returns what tells, later, how many cores' worth of time has gone to processes that are not below this one. */
function foreignCores(): () => number {
  const roots = [process.pid, KERNEL_THREADS];
  const before = { all: machineTicks(), own: treeTicks(roots), at: performance.now() };
  return () => {
    const ticks = machineTicks() - before.all - (treeTicks(roots) - before.own);
    return Math.max(0, ticks / TICKS_PER_SECOND / ((performance.now() - before.at) / 1000));
  };
}

/** proc(5): the first three numbers of /proc/stat are user, nice and system; interrupts are nobody's. */
function machineTicks(): number {
  const [user = 0, nice = 0, system = 0] = readFileSync("/proc/stat", "latin1").split(/\s+/, 4).slice(1).map(Number);
  return user + nice + system;
}

/** Ticks of processes, of those they started and of those that have ended: fields 14 to 17 of /proc/<pid>/stat. */
function treeTicks(roots: readonly number[]): number {
  const processes = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    if (fields) processes.set(Number(name), { parent: Number(fields[1]), ticks: sum(fields.slice(11, 15)) });
  }
  const isOwn = (pid: number): boolean => roots.includes(pid) || (pid > 1 && isOwn(processes.get(pid)?.parent ?? 0));
  return sum([...processes].filter(([pid]) => isOwn(pid)).map(([, { ticks }]) => ticks));
}

/** Undefined when it has ended between the listing and now. */
function statOf(pid: string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function sum(values: readonly (number | string)[]): number {
  return values.reduce<number>((total, value) => total + Number(value), 0);
}
