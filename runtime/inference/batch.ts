import { type Port, StepppsError, type Tensor, tensorBytes } from "../contract/index.ts";

/** So many rows go into one run at most. */
export const MAX_ROWS = 64;

/**
 * How many calls one run of a model can take: 1 unless the first dim of every input and output is open and has one name. Dims
 * without a name may differ, as the number of things that a detector finds does.
 */
export function batchOf(inputs: readonly Port[], outputs: readonly Port[]): number {
  const first = inputs[0]?.symbols[0];
  const together = first && [...inputs, ...outputs].every(({ dims, symbols }) => dims[0] === -1 && symbols[0] === first);
  return together ? MAX_ROWS : 1;
}

/** Calls with the same key differ in their number of rows only, so that one run can take them. */
export function mergeKey(inputs: readonly Tensor[]): string {
  return inputs.map(({ dims }) => dims.slice(1).join("x")).join();
}

/** How many rows a call of a model with a batch has. */
export function rowsOf(inputs: readonly Tensor[]): number {
  return inputs[0]?.dims[0] ?? 1;
}

/** One input of a run for several calls: the rows of all of them, in order, still as the parts that they came in. */
export interface MergedTensor {
  readonly dtype: Tensor["dtype"];
  readonly dims: readonly number[];
  readonly parts: readonly Uint8Array[];
}

/** The inputs of one run for `calls`, which have the same `mergeKey`. */
export function mergeCalls(calls: readonly (readonly Tensor[])[]): MergedTensor[] {
  const [first = []] = calls;
  return first.map(({ dtype, dims }, index) => {
    const tensors = calls.map((call) => call[index] as Tensor);
    const merged =
      calls.length === 1 ? dims : [tensors.reduce((rows, tensor) => rows + (tensor.dims[0] ?? 0), 0), ...dims.slice(1)];
    return { dtype, dims: merged, parts: tensors.map(({ bytes }) => bytes) };
  });
}

/**
 * The outputs of one run, call by call: views of the run's.
 *
 * @throws StepppsError E_INFER_RUN when an output has not as many rows as went in
 */
export function splitOutputs(calls: readonly (readonly Tensor[])[], outputs: readonly Tensor[]): (readonly Tensor[])[] {
  if (calls.length === 1) return [outputs];
  const rows = calls.map(rowsOf);
  const total = rows.reduce((sum, count) => sum + count, 0);
  const odd = outputs.findIndex(({ dims }) => dims[0] !== total);
  if (odd >= 0)
    throw new StepppsError("E_INFER_RUN", `output ${odd} has ${outputs[odd]?.dims[0]} rows for ${total} that went in`);
  let at = 0;
  return rows.map((count) => {
    const from = at;
    at += count;
    return outputs.map(({ dtype, dims, bytes }) => {
      const row = tensorBytes(dtype, dims.slice(1));
      return { dtype, dims: [count, ...dims.slice(1)], bytes: bytes.subarray(from * row, at * row) };
    });
  });
}
