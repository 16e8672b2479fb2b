import { readFileSync } from "node:fs";
import { TELEMETRY } from "./readings.ts";

/** Rows of readings, in the order in which they were recorded. */
export type Rows = readonly (readonly number[])[];

/** Seconds since the recording began, and the readings. */
export const CSV_HEADING = ["seconds", ...TELEMETRY.map(({ name }) => name)].join(",");

export function formatRow(seconds: number, row: readonly number[]): string {
  return [seconds.toFixed(1), ...row].join(",");
}

/** The recorded rows. Throws where the file has other columns. */
export function readData(path: string): Rows {
  const [heading, ...lines] = readFileSync(path, "utf8").trim().split("\n");
  if (heading !== CSV_HEADING) throw new Error(`${path} has other columns than TELEMETRY`);
  return lines.map((line) => line.split(",").slice(1).map(Number));
}

export interface Split {
  readonly train: Rows;
  /** For the threshold alone. */
  readonly calibrate: Rows;
  /** For the figures alone. */
  readonly test: Rows;
}

/** Blocks of two minutes, three of five to train, one to calibrate, one to test: all three have seen each hour of the recording. */
export function splitByBlocks(rows: Rows, block = 60): Split {
  const part = (wanted: readonly number[]) => rows.filter((_, at) => wanted.includes(Math.floor(at / block) % 5));
  return { train: part([0, 2, 3]), calibrate: part([1]), test: part([4]) };
}

/** The past to train and calibrate, the last part to test: what the model is worth on a day that it has not seen. */
export function splitByTime(rows: Rows): Split {
  const at = (share: number) => Math.floor(rows.length * share);
  return { train: rows.slice(0, at(0.6)), calibrate: rows.slice(at(0.6), at(0.8)), test: rows.slice(at(0.8)) };
}
