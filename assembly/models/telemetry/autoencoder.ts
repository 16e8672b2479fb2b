import { forward, type Layer, newLayers, trainToRepeat } from "../train/mlp.ts";
import { Random } from "../train/random.ts";
import type { Rows } from "./data.ts";
import { TELEMETRY } from "./readings.ts";

/** What was learned: readings x become z = (ln(1 + x) - mean) / spread, and z is compared with what the layers make of it. */
export interface Autoencoder {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
  readonly layers: readonly Layer[];
  /** How far each reading's z is from its repetition, at most, in 99 of 100 rows. */
  readonly residual: readonly number[];
}

const INPUTS = TELEMETRY.length;
/** Twelve readings through four numbers. */
const SIZES = [INPUTS, 10, 4, 10, INPUTS] as const;
/** A reading that never changed here may still change a little elsewhere. */
const LEAST_SPREAD = 0.1;
const LEAST_RESIDUAL = 0.05;
/** Rates come in bursts: how far off is usual for them is not what their mean square says. */
const USUAL_SHARE = 0.99;

/** The same rows and seed give the same numbers, to the last bit: V8 has a tanh and a logarithm of its own. Tried on x86_64. */
export function learn(rows: Rows, seed: number, epochs: number): Autoencoder {
  const random = new Random(seed);
  const logs = rows.map((row) => row.map(Math.log1p));
  const mean = TELEMETRY.map((_, at) => average(logs.map((row) => row[at] as number)));
  const spread = TELEMETRY.map((_, at) =>
    Math.max(LEAST_SPREAD, Math.sqrt(average(logs.map((row) => ((row[at] as number) - (mean[at] as number)) ** 2)))),
  );
  const scaled = rows.map((row) => standardise({ mean, spread }, row));
  const layers = newLayers(SIZES, random);
  trainToRepeat(layers, scaled, { epochs, batch: 32, rate: 0.004, noise: 0.15, random });
  const off = scaled.map((row) => (forward(layers, row).at(-1) as Float64Array).map((value, at) => value - (row[at] as number)));
  const residual = TELEMETRY.map((_, at) =>
    Math.max(
      LEAST_RESIDUAL,
      quantile(
        off.map((row) => Math.abs(row[at] as number)),
        USUAL_SHARE,
      ),
    ),
  );
  return { mean, spread, layers, residual };
}

/** What the ONNX file gives for one row, computed without it. */
export interface Answer {
  /** The largest of the residuals, whatever its sign: up to about 1 for what is usual. */
  readonly error: number;
  /** How far each reading is from its repetition, as a share of how far that usually is at most. */
  readonly residuals: readonly number[];
  /** The readings that would fit the others. */
  readonly expected: readonly number[];
}

export function answerOf({ mean, spread, layers, residual }: Autoencoder, row: readonly number[]): Answer {
  const scaled = standardise({ mean, spread }, row);
  const repeated = [...(forward(layers, scaled).at(-1) as Float64Array)];
  const residuals = repeated.map((value, at) => ((scaled[at] as number) - value) / (residual[at] as number));
  const expected = repeated.map((value, at) => Math.expm1(value * (spread[at] as number) + (mean[at] as number)));
  return { error: Math.max(...residuals.map(Math.abs)), residuals, expected };
}

function standardise({ mean, spread }: Pick<Autoencoder, "mean" | "spread">, row: readonly number[]): Float64Array {
  return Float64Array.from(row, (value, at) => (Math.log1p(Math.max(0, value)) - (mean[at] as number)) / (spread[at] as number));
}

/** The value below which that share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
