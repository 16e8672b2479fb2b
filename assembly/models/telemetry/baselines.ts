import type { Rows } from "./data.ts";

/** What one would do without a network, to be compared with it: how far a row is from what is usual. */
export interface Baseline {
  readonly name: string;
  /** Learns from rows; gives what measures one. */
  learn(rows: Rows): (row: readonly number[]) => number;
}

/** Added to each variance: a reading that never changed is no reason to flag everything. */
const LEAST_VARIANCE = 0.01;

export const BASELINES: readonly Baseline[] = [
  {
    name: "Mahalanobis distance",
    learn(rows) {
      const { mean, covariance } = moments(rows);
      const lower = cholesky(covariance);
      return (row) => {
        const solved: number[] = [];
        row.forEach((value, i) => {
          const sum = solved.reduce((left, each, k) => left - at(lower, i, k) * each, Math.log1p(value) - (mean[i] as number));
          solved.push(sum / at(lower, i, i));
        });
        return Math.hypot(...solved);
      };
    },
  },
  {
    name: "largest deviation of a single reading",
    learn(rows) {
      const { mean, covariance } = moments(rows);
      return (row) =>
        Math.max(...row.map((value, i) => Math.abs(Math.log1p(value) - (mean[i] as number)) / Math.sqrt(at(covariance, i, i))));
    },
  },
];

type Matrix = readonly (readonly number[])[];

function moments(rows: Rows): { mean: number[]; covariance: Matrix } {
  const logs = rows.map((row) => row.map(Math.log1p));
  const width = logs[0]?.length ?? 0;
  const average = (of: (row: readonly number[]) => number) => logs.reduce((sum, row) => sum + of(row), 0) / logs.length;
  const mean = Array.from({ length: width }, (_, i) => average((row) => row[i] as number));
  const covariance = mean.map((_, i) =>
    mean.map((_, j) => {
      const both = average((row) => ((row[i] as number) - (mean[i] as number)) * ((row[j] as number) - (mean[j] as number)));
      return both + (i === j ? LEAST_VARIANCE : 0);
    }),
  );
  return { mean, covariance };
}

/** The lower triangle L of a positive definite matrix = L·Lᵀ. */
function cholesky(matrix: Matrix): Matrix {
  const lower: number[][] = matrix.map((row) => row.map(() => 0));
  matrix.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      let sum = row[j] as number;
      for (let k = 0; k < j; k++) sum -= at(lower, i, k) * at(lower, j, k);
      (lower[i] as number[])[j] = i === j ? Math.sqrt(sum) : sum / at(lower, j, j);
    }
  });
  return lower;
}

function at(matrix: Matrix, row: number, column: number): number {
  return matrix[row]?.[column] as number;
}
