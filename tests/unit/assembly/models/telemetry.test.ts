import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { readModelFolder } from "../../../../assembly/models/folder.ts";
import { encodeOnnx } from "../../../../assembly/models/onnx/encode.ts";
import { readData, splitByBlocks } from "../../../../assembly/models/telemetry/data.ts";
import { learnAndEvaluate } from "../../../../assembly/models/telemetry/evaluate.ts";
import { graphOf } from "../../../../assembly/models/telemetry/graph.ts";
import { SEED } from "../../../../assembly/models/telemetry/seed.ts";

const FOLDER = fileURLToPath(new URL("../../../../assembly/models/telemetry/", import.meta.url));
let learned: ReturnType<typeof learnAndEvaluate>;

beforeAll(() => {
  learned = learnAndEvaluate(splitByBlocks(readData(`${FOLDER}readings.csv`)), SEED);
});

test("trained again, the model is the same file", () => {
  const file = encodeOnnx(graphOf(learned.model), "steppps telemetry");
  expect(Buffer.compare(file, readFileSync(`${FOLDER}model.onnx`))).toBe(0);
  expect(file.length).toBeLessThan(50_000);
});

test("its folder is one that can be signed, with the threshold that was found", () => {
  const { manifest } = readModelFolder(FOLDER);
  expect(manifest.guard).toEqual({
    kind: "output",
    output: "error",
    threshold: Number(learned.evaluation.threshold.toPrecision(4)),
  });
});

test("finds 95 of 100 rows of a machine in trouble, and takes at most one of 100 others for one", () => {
  const { falseAlarms, found, rows } = learned.evaluation;
  expect(rows.test).toBeGreaterThan(100);
  expect(falseAlarms).toBeLessThanOrEqual(0.01);
  expect(found).toBeGreaterThanOrEqual(0.95);
});
