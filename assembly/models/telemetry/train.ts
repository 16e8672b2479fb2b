import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { ModelColumn, Tensor } from "../../../runtime/contract/index.ts";
import { writeModelFolder } from "../folder.ts";
import { encodeOnnx, ONNX_VERSION } from "../onnx/encode.ts";
import { type Autoencoder, answerOf } from "./autoencoder.ts";
import { BASELINES } from "./baselines.ts";
import { type Rows, readData, splitByBlocks, splitByTime } from "./data.ts";
import { type Evaluation, evaluate, learnAndEvaluate } from "./evaluate.ts";
import { graphOf } from "./graph.ts";
import { TELEMETRY } from "./readings.ts";
import { SEED } from "./seed.ts";

/**
 * Trains the model of a machine's readings and writes its folder; the same data gives the same bytes:
 *
 *   node assembly/models/telemetry/train.ts [--data readings.csv] [--out assembly/models/telemetry]
 */
const HERE = fileURLToPath(new URL(".", import.meta.url));
const VERSION = "1.0.0";

const { values } = parseArgs({
  options: { data: { type: "string", default: `${HERE}readings.csv` }, out: { type: "string", default: HERE } },
});

const rows = readData(values.data);
const split = splitByBlocks(rows);
const { model, evaluation } = learnAndEvaluate(split, SEED);
const { evaluation: later } = learnAndEvaluate(splitByTime(rows), SEED);
const threshold = Number(evaluation.threshold.toPrecision(4));
const columns: ModelColumn[] = TELEMETRY.map(({ name, unit, max }) => ({ name, unit, min: 0, max }));

writeModelFolder(
  values.out,
  {
    name: "telemetry",
    version: VERSION,
    licence: "Apache-2.0",
    description:
      "How unusual a machine's readings are, taken together, and which of them: an autoencoder that learned from one machine's readings. Train it again on your own.",
    onnx: { opset: ONNX_VERSION.opset },
    inputs: [{ name: "readings", dtype: "float32", dims: [-1, TELEMETRY.length], columns }],
    outputs: [
      { name: "error", dtype: "float32", dims: [-1, 1], description: `the largest residual; beyond ${threshold} is unusual` },
      {
        name: "residuals",
        dtype: "float32",
        dims: [-1, TELEMETRY.length],
        description: "of each reading; 1 is as far off as usual",
      },
      { name: "expected", dtype: "float32", dims: [-1, TELEMETRY.length], description: "readings that would fit the others" },
    ],
    tolerance: { absolute: 1e-4, relative: 1e-3 },
    memoryBytes: 4 * 2 ** 20,
    latencyMs: 5,
    guard: { kind: "output", output: "error", threshold },
  },
  encodeOnnx(graphOf(model), "steppps telemetry"),
  [goldenOf(model, rows.slice(0, 1)), goldenOf(model, rows.filter((_, at) => at % 100 === 50).slice(0, 8))],
);
process.stdout.write(
  `${describe("tested on blocks of two minutes", evaluation)}\n${describe("tested on the last part", later)}\n`,
);
for (const { name, learn } of BASELINES)
  process.stdout.write(`${describe(`${name}, on blocks`, evaluate(split, SEED, learn(split.train)))}\n`);

/** Golden vectors are computed here, not by what will run the model. */
function goldenOf(of: Autoencoder, given: Rows): { inputs: Tensor[]; outputs: Tensor[] } {
  // What a float32 holds of the readings is what the model gets.
  const answers = given.map((row) => answerOf(of, [...Float32Array.from(row)]));
  const tensor = (each: readonly (readonly number[])[]): Tensor => ({
    dtype: "float32",
    dims: [each.length, each[0]?.length ?? 0],
    bytes: new Uint8Array(Float32Array.from(each.flat()).buffer),
  });
  return {
    inputs: [tensor(given)],
    outputs: [
      tensor(answers.map(({ error }) => [error])),
      tensor(answers.map(({ residuals }) => residuals)),
      tensor(answers.map(({ expected }) => expected)),
    ],
  };
}

function describe(tested: string, { rows: counts, threshold: at, falseAlarms, found, faults }: Evaluation): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const lines = faults.map(
    ({ name, counted, found: share }) => `  ${percent(share).padStart(8)}  ${name}${counted ? "" : " (not counted)"}`,
  );
  return [
    `${tested}: ${counts.train} rows to train, ${counts.calibrate} to calibrate, ${counts.test} to test`,
    `  threshold ${at.toFixed(3)}; false alarms ${percent(falseAlarms)}; found ${percent(found)}`,
    ...lines,
    "",
  ].join("\n");
}
