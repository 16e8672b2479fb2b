import { type Port, type Tensor, tensorBytes, writeTensorHeader } from "../../contract/index.ts";
import type { MergedTensor } from "../batch.ts";

const HEAD = 8;
const ALIGN = 16;
/** For an output whose size only the run tells; where it isn't enough, the worker says what is. */
const UNKNOWN_BYTES = 64 * 1024;

/** The length of the frame of an input of a run. */
export function mergedBytes(tensors: readonly MergedTensor[]): number {
  return frameBytes(tensors.map(({ dtype, dims }) => ({ rank: dims.length, bytes: tensorBytes(dtype, dims) })));
}

/** Writes the frame of a run's inputs: the one time that their bytes are moved. */
export function writeMerged(into: Uint8Array, tensors: readonly MergedTensor[]): void {
  new DataView(into.buffer, into.byteOffset, HEAD).setBigUint64(0, BigInt(tensors.length), true);
  let at = HEAD;
  for (const { dtype, dims, parts } of tensors) {
    at = writeTensorHeader(into, at, dtype, dims, tensorBytes(dtype, dims));
    for (const part of parts) {
      into.set(part, at);
      at += part.length;
    }
  }
}

/** How large the outputs' frame of a run on `inputs` is, as far as the model's dims tell. */
export function outputBytes(
  model: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
  inputs: readonly Pick<Tensor, "dims">[],
): number {
  const sizes = new Map<string, number>();
  model.inputs.forEach(({ symbols }, index) => {
    symbols.forEach((symbol, dim) => {
      if (symbol !== "" && !sizes.has(symbol)) sizes.set(symbol, inputs[index]?.dims[dim] ?? 0);
    });
  });
  return frameBytes(
    model.outputs.map(({ dtype, dims, symbols }) => {
      const known = dims.map((size, dim) => (size >= 0 ? size : (sizes.get(symbols[dim] ?? "") ?? Number.NaN)));
      const bytes = tensorBytes(dtype, known);
      return { rank: dims.length, bytes: Number.isNaN(bytes) ? UNKNOWN_BYTES : bytes };
    }),
  );
}

function frameBytes(tensors: readonly { readonly rank: number; readonly bytes: number }[]): number {
  return tensors.reduce((at, { rank, bytes }) => Math.ceil((at + HEAD + 4 * rank) / ALIGN) * ALIGN + bytes, HEAD);
}
