import { crossingNetwork } from "../../../../assembly/models/crossing.ts";
import { encodeOnnx } from "../../../../assembly/models/onnx/encode.ts";
import type { Tensor } from "../../../../runtime/contract/index.ts";
import { InferenceQueue } from "../../../../runtime/inference/queue.ts";
import { systemClock } from "../../../../runtime/platform/index.ts";
import { AskingPlugin } from "../../infer/asking-plugin.ts";
import { BUDGET, openNative, sourceOf } from "../../infer/native.ts";
import { quantile } from "../../quantile.ts";
import type { Suite } from "../../suite.ts";

const SINGLE = 20_000;
const BATCH = 32;
const BATCHES = 10_000;
const IMAGE = [1, 3, 480, 640] as const;

const NAMES = {
  plugin: "crossing: a 64-32-8-32-64 network asked by a plugin, until it has the result, p50",
  plugin99: "crossing: the same, p99",
  p50: "crossing: of which from the queue to the result, p50",
  p99: "crossing: of which from the queue to the result, p99",
  inside: "crossing: of which in the model, p50",
  batch: `crossing: rate of ${BATCH} at once against one by one, by medians`,
  copied: "crossing: bytes copied for an image of 640 x 480",
} as const;

export const crossing: Suite = {
  name: "crossing",
  about:
    "What it costs to have something inferred. A plugin (in Wasmtime, with durability memory) asks again with each result: a round is its run, its " +
    "effect, the queue, the worker and the result as its next input; 40,000 rounds are left out first. Then the queue and the worker alone, one at a time, and with 32 asked in one " +
    "turn of the event loop. Copied bytes are those beside the one write into the shared memory and the one read out of it; the worker counts them.",
  expects: [
    { name: NAMES.plugin, unit: "us", bound: "<= 60" },
    { name: NAMES.plugin99, unit: "us", bound: "<= 300" },
    { name: NAMES.p50, unit: "us", bound: null },
    { name: NAMES.p99, unit: "us", bound: null },
    { name: NAMES.inside, unit: "us", bound: null },
    { name: NAMES.batch, unit: "x", bound: ">= 8" },
    { name: NAMES.copied, unit: "B", bound: "<= 0" },
  ],
  async run({ quick, quiet, results }) {
    await using native = await openNative();
    const { provider } = native;
    const session = await provider.load(sourceOf("crossing", crossingNetwork()), BUDGET);
    const model = { name: "crossing", version: "1.0.0", session };
    const queue = new InferenceQueue({ models: { get: () => model }, clock: systemClock() });
    const wanted = quick ? SINGLE / 20 : SINGLE;
    {
      await using plugin = await AskingPlugin.start(queue);
      await plugin.rounds(2 * wanted);
      const rounds = await quiet.watch(() => plugin.rounds(wanted));
      results.record(NAMES.plugin, quantile(rounds, 0.5));
      results.record(NAMES.plugin99, quantile(rounds, 0.99));
    }
    const inputs = [floats([1, 64])];
    const ask = () => queue.infer({ model: "crossing", inputs, deadline: 10_000, owner: "bench" });
    for (let round = 0; round < wanted / 10; round++) await ask();
    const times = await quiet.watch(async () => {
      const all: { micros: number; inside: number }[] = [];
      for (let round = 0; round < wanted; round++) {
        const began = performance.now();
        const { micros } = await ask();
        all.push({ micros: 1e3 * (performance.now() - began), inside: micros });
      }
      return all;
    });
    const single = times.map(({ micros }) => micros);
    results.record(NAMES.p50, quantile(single, 0.5));
    results.record(NAMES.p99, quantile(single, 0.99));
    results.record(
      NAMES.inside,
      quantile(
        times.map(({ inside }) => inside),
        0.5,
      ),
    );
    const batches = await quiet.watch(async () => {
      const all: number[] = [];
      for (let batch = 0; batch < (quick ? BATCHES / 20 : BATCHES); batch++) {
        const began = performance.now();
        await Promise.all(Array.from({ length: BATCH }, ask));
        all.push(1e3 * (performance.now() - began));
      }
      return all;
    });
    results.record(NAMES.batch, quantile(single, 0.5) / (quantile(batches, 0.5) / BATCH));
    const images = await provider.load(sourceOf("mean", meanOfImage()), BUDGET);
    const { copied } = await images.run([[floats(IMAGE)]], 10_000);
    results.record(NAMES.copied, copied);
  },
};

function floats(dims: readonly number[]): Tensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { dtype: "float32", dims, bytes: new Uint8Array(new Float32Array(count).map((_, index) => Math.sin(index)).buffer) };
}

function meanOfImage(): Uint8Array {
  return encodeOnnx(
    {
      name: "mean",
      inputs: [{ name: "image", dtype: "float32", dims: IMAGE }],
      outputs: [{ name: "mean", dtype: "float32", dims: [] }],
      constants: [],
      nodes: [{ operator: "ReduceMean", inputs: ["image"], outputs: ["mean"], attributes: { keepdims: 0 } }],
    },
    "steppps bench",
  );
}
