import { readFileSync } from "node:fs";

/** Resident memory of a process over the deploys that it has seen. */
export class MemoryTrace {
  readonly #pid: number;
  readonly #points: { readonly deploys: number; readonly megabytes: number }[] = [];

  constructor(pid: number) {
    this.#pid = pid;
  }

  note(deploys: number): void {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#pid}/status`, "latin1"))?.[1];
    this.#points.push({ deploys, megabytes: (Number(kibibytes) * 1024) / 1e6 });
  }

  /** MB. */
  get last(): number {
    return this.#points.at(-1)?.megabytes ?? 0;
  }

  /** Of the time after the first third, in which caches fill: MB at its beginning and end (medians of a tenth), and the slope. */
  sum(): { firstMB: number; lastMB: number; slopeMBPer100Deploys: number } {
    const points = this.#points.slice(Math.floor(this.#points.length / 3));
    const tenth = Math.max(1, Math.floor(points.length / 10));
    const median = (list: typeof points) => list.map(({ megabytes }) => megabytes).sort((a, b) => a - b)[list.length >> 1] ?? 0;
    const mean = (of: (point: (typeof points)[number]) => number) =>
      points.reduce((sum, point) => sum + of(point), 0) / points.length;
    const [x, y] = [mean(({ deploys }) => deploys), mean(({ megabytes }) => megabytes)];
    const spread = points.reduce((sum, { deploys }) => sum + (deploys - x) ** 2, 0);
    const joint = points.reduce((sum, { deploys, megabytes }) => sum + (deploys - x) * (megabytes - y), 0);
    const round = (value: number) => Math.round(value * 10) / 10;
    return {
      firstMB: round(median(points.slice(0, tenth))),
      lastMB: round(median(points.slice(-tenth))),
      slopeMBPer100Deploys: spread === 0 ? 0 : round((joint / spread) * 100),
    };
  }
}
