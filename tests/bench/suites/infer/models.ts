import { readFileSync } from "node:fs";
import type { Session } from "../../../../runtime/contract/index.ts";
import { findPortableLibrary } from "../../../../runtime/inference/portable/library.ts";
import { packageFolder } from "../../../../runtime/inference/portable/package-folder.ts";
import { PortableProvider } from "../../../../runtime/inference/portable/provider.ts";
import { systemClock } from "../../../../runtime/platform/index.ts";
import { modelFile, REAL_MODELS, type RealModel } from "../../../support/models/models.ts";
import { BUDGET, openNative, ownBytes, sourceOf } from "../../infer/native.ts";
import { PythonReference } from "../../infer/python.ts";
import { median } from "../../quantile.ts";
import { reasonOf } from "../../results.ts";
import type { Bench, Suite } from "../../suite.ts";

const ROUNDS = 3;
const SECONDS = 1.5;
/** Of those, three are loaded while memory is looked at. */
const TOGETHER = 3;

const names = ({ name }: RealModel) => ({
  time: `models: ${name}, asked from the supervisor`,
  python: `models: ${name}, the worker against the Python API`,
  wasm: `models: ${name}, WebAssembly against the worker`,
});
const START = "models: from nothing to the first result, with three models loaded";
const MEMORY = "models: memory of the worker's own with three models loaded";

export const models: Suite = {
  name: "models",
  about:
    "Five models that others made, one thread. The worker's own time of a run beside ONNX Runtime's Python API of the same version, in turns, the " +
    "better of three medians each; and beside ONNX Runtime for WebAssembly.",
  expects: [
    ...REAL_MODELS.flatMap((model) => [
      { name: names(model).time, unit: "ms", bound: "<= 100" as const },
      { name: names(model).python, unit: "x", bound: "<= 1.15" as const },
      { name: names(model).wasm, unit: "x", bound: null },
    ]),
    { name: START, unit: "ms", bound: "<= 2000" },
    { name: MEMORY, unit: "MB", bound: "<= 200" },
  ],
  async run(bench) {
    const { results, quiet } = bench;
    await quiet.watch(() => together(bench));
    await using native = await openNative();
    const python = await PythonReference.open().catch((error: unknown) => new Error(`no Python API here: ${reasonOf(error)}`));
    const library = await findPortableLibrary([packageFolder() ?? ""]);
    const portable = library && new PortableProvider({ library, clock: systemClock() });
    for (const model of REAL_MODELS) {
      const file = await modelFile(model);
      const source = sourceOf(model.name, readFileSync(file));
      const session = await native.provider.load(source, BUDGET);
      const worker: Times[] = [];
      const reference: number[] = [];
      for (let round = 0; round < (bench.quick ? 1 : ROUNDS); round++) {
        worker.push(await quiet.watch(() => time(session, model, seconds(bench))));
        if (python instanceof Error) continue;
        const { p50 } = await quiet.watch(() => python.time(file, model.inputs(), seconds(bench), bench.folder));
        reference.push(p50);
      }
      const inside = Math.min(...worker.map((times) => times.inside));
      results.record(names(model).time, Math.min(...worker.map((times) => times.asked)) / 1e3);
      results.record(names(model).python, python instanceof Error ? python : inside / Math.min(...reference));
      if (portable) {
        const fallback = await portable.load(source, BUDGET);
        const { asked } = await quiet.watch(() => time(fallback, model, seconds(bench)));
        results.record(names(model).wasm, asked / Math.min(...worker.map((times) => times.asked)));
        fallback.free();
      }
      session.free();
    }
    await portable?.close();
  },
};

function seconds({ quick }: Bench): number {
  return quick ? 0.2 : SECONDS;
}

interface Times {
  /** µs of the whole, and in the model; medians. */
  readonly asked: number;
  readonly inside: number;
}

async function time(session: Session, model: RealModel, length: number): Promise<Times> {
  const calls = [model.inputs()];
  await session.run(calls, 60_000);
  const asked: number[] = [];
  const inside: number[] = [];
  for (const end = performance.now() + 1e3 * length; performance.now() < end; ) {
    const began = performance.now();
    const { micros } = await session.run(calls, 60_000);
    asked.push(1e3 * (performance.now() - began));
    inside.push(micros);
  }
  return { asked: median(asked), inside: median(inside) };
}

async function together({ results }: Bench): Promise<void> {
  const sources = await Promise.all(
    REAL_MODELS.slice(0, TOGETHER).map(async (model) => [model, await modelFile(model)] as const),
  );
  const began = performance.now();
  await using native = await openNative();
  for (const [model, file] of sources) {
    const session = await native.provider.load(sourceOf(model.name, readFileSync(file)), BUDGET);
    await session.run([model.inputs()], 60_000);
  }
  results.record(START, performance.now() - began);
  results.record(MEMORY, ownBytes(native.provider.health().pid) / 1e6);
}
