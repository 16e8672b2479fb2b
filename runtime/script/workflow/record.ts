import type { CallHistograms, CallStats } from "../../contract/index.ts";
import { Durations, type Spread } from "./durations.ts";

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
  /** Messages that it sent. */
  readonly outputs: number;
  readonly lagP50: number;
  /** What an input cost on average, for each batch that ran well: the processor's time in the guest, whatever else the machine had to do. */
  readonly work: Spread;
}

/** What a batch took and made. */
export interface Ran {
  readonly inputs: number;
  /** From its beginning to its end. */
  readonly millis: number;
  /** Of the processor's time in the guest; undefined where the engine doesn't measure it. */
  readonly micros: number | undefined;
  readonly effectBytes: number;
  readonly outputs: number;
  /** Of the instance afterwards. */
  readonly memoryBytes: number;
}

/** Counts what a version does, a batch at a time, in fixed memory. */
export class Tally {
  readonly #latency = new Durations();
  readonly #lag = new Durations();
  #failures = new Map<string, number>();
  #failuresInRow = 0;
  #deadLetters = 0;
  readonly #work = new Durations();
  #effectBytes = 0;
  #outputs = 0;
  #memoryBytes = 0;

  /** A batch ran well. */
  ran({ inputs, millis, micros, effectBytes, outputs, memoryBytes }: Ran): void {
    this.#latency.add(millis / inputs, inputs);
    this.#work.add((micros === undefined ? millis : micros / 1000) / inputs, 1);
    this.#effectBytes += effectBytes;
    this.#outputs += outputs;
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
      outputs: this.#outputs,
      lagP50: this.#lag.quantile(0.5),
      work: this.#work.spread(),
    };
  }

  histograms(): CallHistograms {
    return { latency: this.#latency.histogram(), lag: this.#lag.histogram() };
  }
}
