import { encodeOnnx, type OnnxGraph } from "../../../assembly/models/onnx/encode.ts";
import type { ModelSource, Tensor } from "../../../runtime/contract/index.ts";
import { buildWorker } from "../../../runtime/inference/build/worker.ts";
import { NativeProvider } from "../../../runtime/inference/native/provider.ts";
import { workerCommand } from "../../../runtime/inference/native/worker-command.ts";
import { buildMemoryAddon } from "../../../runtime/memory/build/addon.ts";
import { loadMemory } from "../../../runtime/memory/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";

export const BUDGET = { memoryBytes: 512 * 2 ** 20, loadMs: 60_000 };

/** A native provider on this machine's own build; closed when it goes out of scope. */
export async function openNative(addressSpace?: number) {
  const { program, library } = await buildWorker();
  const ended: string[] = [];
  const provider = await NativeProvider.open({
    command: workerCommand([program, library], addressSpace),
    memory: loadMemory(await buildMemoryAddon()),
    clock: systemClock(),
    ended: (reason) => ended.push(reason),
  });
  return { provider, ended, [Symbol.asyncDispose]: () => provider.close() };
}

export function sourceOf(name: string, bytes: Uint8Array): ModelSource {
  return { name, bytes: async () => bytes };
}

export function floats(dims: readonly number[], at: (index: number) => number): Tensor {
  const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1)).map((_, index) => at(index));
  return { dtype: "float32", dims, bytes: new Uint8Array(values.buffer) };
}

export function integers(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: "int64", dims, bytes: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer) };
}

export function floatsOf(tensor: Tensor | undefined): Float32Array {
  return new Float32Array((tensor?.bytes ?? new Uint8Array()).slice().buffer);
}

const SQUARES: OnnxGraph["nodes"] = [
  { operator: "ConstantOfShape", inputs: ["shape"], outputs: ["x0"] },
  { operator: "MatMul", inputs: ["x0", "x0"], outputs: ["x1"] },
];

/** Multiplies a square matrix of zeros with itself, whose size is the input: as slow, or as large, as one asks. `steps` times. */
export function squaring(steps: number): Uint8Array {
  const more = Array.from({ length: steps - 1 }, (_, step) => ({
    operator: "MatMul",
    inputs: [`x${step + 1}`, "x0"],
    outputs: [`x${step + 2}`],
  }));
  const nodes = [
    ...SQUARES,
    ...more,
    { operator: "ReduceMean", inputs: [`x${steps}`], outputs: ["mean"], attributes: { keepdims: 0 } },
  ];
  return encodeOnnx(
    {
      name: "squaring",
      inputs: [{ name: "shape", dtype: "int64", dims: [2] }],
      outputs: [{ name: "mean", dtype: "float32", dims: [] }],
      constants: [],
      nodes,
    },
    "steppps tests",
  );
}
