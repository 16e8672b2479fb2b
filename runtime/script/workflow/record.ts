import type { CallHistograms, CallStats } from "../../contract/index.ts";
import { Durations } from "./durations.ts";

/** How a version did since it took over, or since the start: what its gate compares. */
export interface VersionRecord extends CallStats {
  /** How often an input failed, by error code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Failures without one success since. */
  readonly failuresInRow: number;
  readonly deadLetters: number;
  /** Of the instance, as its last batch left it. */
  readonly memoryBytes: number;
  /** Effects in all. */
  readonly effectBytes: number;
}

/** Counts what a version does, a batch at a time, in fixed memory. */
export class Tally {
  #latency = new Durations();
  #lag = new Durations();
  #failures = new Map<string, number>();
  #failuresInRow = 0;
  #deadLetters = 0;
  #effectBytes = 0;
  #memoryBytes = 0;

  /** A batch of so many inputs ran well. */
  ran(inputs: number, ms: number, effectBytes: number, memoryBytes: number): void {
    this.#latency.add(ms / inputs, inputs);
    this.#effectBytes += effectBytes;
    this.#memoryBytes = memoryBytes;
    this.#failuresInRow = 0;
  }

  /** An input is on disk, ms after it came. */
  committed(lagMs: number): void {
    this.#lag.add(lagMs, 1);
  }

  /** An input failed alone. */
  failed(code: string, ms: number): void {
    this.#latency.add(ms, 1);
    this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1);
    this.#failuresInRow++;
  }

  gaveUp(): void {
    this.#deadLetters++;
  }

  snapshot(): VersionRecord {
    const failures = Object.fromEntries(this.#failures);
    const deadlines = failures.E_GUEST_DEADLINE ?? 0;
    const latency = this.#latency;
    return {
      count: latency.count,
      p50: latency.quantile(0.5),
      p99: latency.quantile(0.99),
      max: latency.max,
      total: latency.total,
      traps: (failures.E_GUEST_TRAP ?? 0) + (failures.E_GUEST_ABORT ?? 0),
      deadlines,
      lagP99: this.#lag.quantile(0.99),
      failures,
      failuresInRow: this.#failuresInRow,
      deadLetters: this.#deadLetters,
      memoryBytes: this.#memoryBytes,
      effectBytes: this.#effectBytes,
    };
  }

  histograms(): CallHistograms {
    return { latency: this.#latency.histogram(), lag: this.#lag.histogram() };
  }
}
