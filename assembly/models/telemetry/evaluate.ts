import { Random } from "../train/random.ts";
import { type Autoencoder, answerOf, learn, quantile } from "./autoencoder.ts";
import type { Split } from "./data.ts";
import { FAULTS, faulty } from "./faults.ts";

export interface Evaluation {
  readonly threshold: number;
  readonly rows: { readonly train: number; readonly calibrate: number; readonly test: number };
  /** Share of the rows of a machine that is well which are flagged. */
  readonly falseAlarms: number;
  /** Share of the counted faults' rows that are flagged. */
  readonly found: number;
  readonly faults: readonly { readonly name: string; readonly counted: boolean; readonly found: number }[];
}

const ROWS_A_FAULT = 500;
/** The threshold lies above what 995 of 1,000 rows show that it did not learn from. Fixed before anything was tested. */
const CALIBRATION = { share: 0.995, margin: 1.15 } as const;
const EPOCHS = 400;

/** Learns from one part of the rows, sets the threshold by another and counts on a third. */
export function learnAndEvaluate(split: Split, seed: number): { model: Autoencoder; evaluation: Evaluation } {
  const model = learn(split.train, seed, EPOCHS);
  return { model, evaluation: evaluate(split, seed, (row) => answerOf(model, row).error) };
}

/** The same of anything that measures how unusual a row is. */
export function evaluate(split: Split, seed: number, measure: (row: readonly number[]) => number): Evaluation {
  const { train, calibrate, test } = split;
  const threshold = quantile(calibrate.map(measure), CALIBRATION.share) * CALIBRATION.margin;
  const flagged = (rows: readonly (readonly number[])[]) => rows.filter((row) => measure(row) > threshold).length / rows.length;
  const random = new Random(seed + 1);
  const faults = FAULTS.map((fault) => ({
    name: fault.name,
    counted: fault.counted,
    found: flagged(faulty(fault, test, ROWS_A_FAULT, random)),
  }));
  const counted = faults.filter((fault) => fault.counted);
  return {
    threshold,
    rows: { train: train.length, calibrate: calibrate.length, test: test.length },
    falseAlarms: flagged(test),
    found: counted.reduce((sum, { found }) => sum + found, 0) / counted.length,
    faults,
  };
}
