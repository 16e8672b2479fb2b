import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readModelFolder } from "../../../assembly/models/folder.ts";
import { rowOf, TELEMETRY } from "../../../assembly/models/telemetry/readings.ts";
import { providerSources } from "../../../runtime/boot/inferences.ts";
import type { Provider } from "../../../runtime/contract/index.ts";
import { runGolden } from "../../../runtime/inference/golden.ts";
import { numbersOf } from "../../../runtime/inference/numbers.ts";
import { serveModel } from "../../../runtime/inference/serve.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { MachineReadings, systemProbe } from "../../../runtime/space/index.ts";
import { floats } from "../../support/sample-model.ts";

const FOLDER = fileURLToPath(new URL("../../../assembly/models/telemetry/", import.meta.url));
const { manifest, onnx } = readModelFolder(FOLDER);
const source = { name: manifest.name, bytes: async () => onnx };
const budget = { memoryBytes: manifest.memoryBytes, loadMs: 30_000 };
let provider: Provider;

beforeAll(async () => {
  const portable = providerSources({ clock: systemClock(), parts: undefined }).find(({ name }) => name === "wasm");
  provider = (await portable?.open())?.provider as Provider;
});
afterAll(() => provider.close());

test("ONNX Runtime gives what the training code computed", async () => {
  const { vectors, worst } = await runGolden(manifest, await provider.load(source, budget), 10_000);
  expect(vectors).toBe(2);
  expect(worst).toBeLessThan(1);
});

test("this machine's own readings go through it, and readings that can't be are refused or flagged", async () => {
  const readings = new MachineReadings(systemProbe(), systemClock(), FOLDER);
  await readings.read();
  // A container may hide a reading: what isn't there is 0 here.
  const row = rowOf(await readings.read()) ?? TELEMETRY.map(() => 0);
  const session = await provider.load(source, budget);
  const { admit, score } = serveModel(manifest, session);
  const scoreOf = async (values: readonly number[]) => {
    const inputs = [floats([1, TELEMETRY.length], values)];
    admit?.(inputs);
    const { outputs } = await session.run([inputs], 10_000);
    return score?.(inputs, outputs[0] ?? []) as number;
  };
  expect(await scoreOf(row)).toBeGreaterThan(0);
  const thrashing = row.with(5, 90).with(7, 99);
  expect(await scoreOf(thrashing)).toBeGreaterThan(1);
  await expect(scoreOf(row.with(7, 101))).rejects.toThrow(expect.objectContaining({ code: "E_INFER_RANGE" }));
});

test("what it gives for a row says which reading is unusual, and what would fit", async () => {
  const session = await provider.load(source, budget);
  const usual = [1.5, 1.6, 2, 165, 5, 0, 0.05, 13, 0, 400_000, 0, 0];
  const { outputs } = await session.run([[floats([1, TELEMETRY.length], usual.with(3, 20_000))]], 10_000);
  const [, residuals, expected] = (outputs[0] ?? []).map((tensor) => Array.from(numbersOf(tensor)));
  const worst = (residuals as number[]).map(Math.abs);
  expect(TELEMETRY[worst.indexOf(Math.max(...worst))]?.name).toBe("threads");
  expect((expected as number[])[3]).toBeLessThan(2_000);
});
