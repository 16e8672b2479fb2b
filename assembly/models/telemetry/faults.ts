import type { Random } from "../train/random.ts";
import { TELEMETRY } from "./readings.ts";

/** Something that goes wrong, as it changes a row of readings of a machine that is well. */
export interface Fault {
  readonly name: string;
  /** False: no reading is beyond what this machine has shown, so that it is told apart from the others. */
  readonly counted: boolean;
  apply(row: Row, random: Random, others: readonly (readonly number[])[]): void;
}

type Row = Record<string, number>;

/** What the model has to find: failures of machines, attacks on them, and mistakes of whoever feeds it. */
export const FAULTS: readonly Fault[] = [
  fault("threads leak", (row, random) => scale(row, "threads", random.between(4, 20))),
  fault("fork storm", (row, random) => {
    row.running = random.between(80, 400);
    scale(row, "load1", random.between(5, 20));
    row["cpu waiting"] = random.between(90, 100);
  }),
  fault("memory leak", (row, random) => {
    row["memory used"] = random.between(60, 97);
  }),
  fault("memory thrashes", (row, random) => {
    row["memory used"] = random.between(85, 99);
    row["memory waiting"] = random.between(10, 90);
  }),
  fault("disk stalls", (row, random) => {
    row["io waiting"] = random.between(50, 100);
    row["disk read"] = 0;
    row["disk written"] = 0;
  }),
  fault("network flood", (row, random) => {
    row["network received"] = random.between(1e8, 1e9);
    row["network sent"] = random.between(1e6, 1e8);
  }),
  fault("data carried out", (row, random) => {
    row["network sent"] = random.between(5e6, 5e7);
  }),
  fault("load as percent", (row) => {
    scale(row, "load1", 100);
    scale(row, "load5", 100);
  }),
  fault("memory as a share", (row) => scale(row, "memory used", 0.01)),
  fault("everything zero", (row) => {
    for (const { name } of TELEMETRY) row[name] = 0;
  }),
  fault("two readings swapped", (row, random) => {
    const [one, other] = random.next() < 0.5 ? ["load1", "threads"] : ["memory used", "disk written"];
    [row[one], row[other]] = [row[other] as number, row[one] as number];
  }),
  {
    name: "readings of other moments",
    counted: false,
    apply(row, random, others) {
      TELEMETRY.forEach(({ name }, at) => {
        row[name] = (others[random.below(others.length)] as readonly number[])[at] as number;
      });
    },
  },
];

/** `count` rows of a fault, each made of one row of `rows`. */
export function faulty({ apply }: Fault, rows: readonly (readonly number[])[], count: number, random: Random): number[][] {
  return Array.from({ length: count }, () => {
    const source = rows[random.below(rows.length)] as readonly number[];
    const row = Object.fromEntries(TELEMETRY.map(({ name }, at) => [name, source[at] as number]));
    apply(row, random, rows);
    return TELEMETRY.map(({ name }) => row[name] as number);
  });
}

function fault(name: string, apply: Fault["apply"]): Fault {
  return { name, counted: true, apply };
}

function scale(row: Row, name: string, by: number): void {
  row[name] = (row[name] as number) * by;
}
