import { readFileSync } from "node:fs";
import { readModelFolder } from "../../../../assembly/models/folder.ts";
import { readData, splitByBlocks } from "../../../../assembly/models/telemetry/data.ts";
import { FAULTS, faulty } from "../../../../assembly/models/telemetry/faults.ts";
import { Random } from "../../../../assembly/models/train/random.ts";
import { serveModel } from "../../../../runtime/inference/serve.ts";
import { BUDGET, openNative, sourceOf } from "../../infer/native.ts";
import type { Suite } from "../../suite.ts";

const FOLDER = new URL("../../../../assembly/models/telemetry/", import.meta.url).pathname;
const ROWS_A_FAULT = 500;
const DEADLINE_MS = 10_000;

const NAMES = {
  found: "guard: rows of a machine in trouble that are flagged",
  alarms: "guard: rows of a machine that is well that are flagged",
} as const;

export const guard: Suite = {
  name: "guard",
  about:
    "The telemetry autoencoder in the worker, on rows that it neither learned from nor was set by: those recorded, and the same with faults put in " +
    "(assembly/models/telemetry/faults.ts).",
  expects: [
    { name: NAMES.found, unit: "%", bound: ">= 95" },
    { name: NAMES.alarms, unit: "%", bound: "<= 1" },
  ],
  async run({ results }) {
    await using native = await openNative();
    const { manifest } = readModelFolder(FOLDER);
    const session = await native.provider.load(sourceOf("telemetry", readFileSync(`${FOLDER}model.onnx`)), BUDGET);
    const { score } = serveModel(manifest, session);
    const flagged = async (rows: readonly (readonly number[])[]) => {
      let count = 0;
      for (const row of rows) {
        const input = { dtype: "float32" as const, dims: [1, row.length], bytes: new Uint8Array(Float32Array.from(row).buffer) };
        const { outputs } = await session.run([[input]], DEADLINE_MS);
        if ((score?.([input], outputs[0] ?? []) ?? 0) > 1) count++;
      }
      return (100 * count) / rows.length;
    };
    const { test } = splitByBlocks(readData(`${FOLDER}readings.csv`));
    const random = new Random(1);
    const faults = FAULTS.filter(({ counted }) => counted).flatMap((fault) => faulty(fault, test, ROWS_A_FAULT, random));
    results.record(NAMES.found, await flagged(faults));
    results.record(NAMES.alarms, await flagged(test));
  },
};
