import { type ModelManifest, type ModelValue, StepppsError, type Tensor } from "../contract/index.ts";
import { numbersOf } from "./numbers.ts";

/**
 * The first thing that is asked of an input: whether its values are numbers, and such as the model was made for. The tensors are as many
 * and of such types as the model takes (E_INFER_SHAPE is somebody else's). Throws E_INFER_RANGE with the input, the place and the value.
 */
export function checkRange({ inputs }: Pick<ModelManifest, "inputs">, tensors: readonly Tensor[]): void {
  inputs.forEach((input, at) => {
    const tensor = tensors[at];
    if (tensor) checkValues(input, tensor);
  });
}

function checkValues(input: ModelValue, tensor: Tensor): void {
  const { columns, min, max } = input;
  const isFloat = tensor.dtype.startsWith("float");
  if (!columns && min === undefined && max === undefined && !isFloat) return;
  const values = numbersOf(tensor);
  const width = columns?.length ?? 1;
  const least = bounds(columns, min, "min", Number.NEGATIVE_INFINITY);
  const most = bounds(columns, max, "max", Number.POSITIVE_INFINITY);
  for (let at = 0, column = 0; at < values.length; at++) {
    const value = values[at] as number;
    // Infinity - Infinity and NaN - NaN are NaN, anything else is 0.
    if (value - value !== 0 || value < (least[column] as number) || value > (most[column] as number))
      throw new StepppsError("E_INFER_RANGE", `${input.name}[${at}]${named(columns?.[column])} is ${value}`);
    if (++column === width) column = 0;
  }
}

function bounds(columns: ModelValue["columns"], whole: number | undefined, end: "min" | "max", none: number): Float64Array {
  return Float64Array.from(columns ?? [{}], (column: { min?: number; max?: number }) => column[end] ?? whole ?? none);
}

function named(column: { name: string } | undefined): string {
  return column ? ` (${column.name})` : "";
}
