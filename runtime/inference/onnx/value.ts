import { bytesOf, sizeOf, textOf, varintOf } from "./tensor.ts";
import { type FieldBudget, readFields } from "./wire.ts";

/** An input or output of a graph. */
export interface Value {
  readonly name: string;
  /** TensorProto.DataType; 0: it is no tensor but a sequence or a map. */
  readonly type: number;
  /** A number, or the name of a dimension that only the run knows ("" where it has none). Undefined: not said. */
  readonly dims: readonly (number | string)[] | undefined;
}

/** Field numbers of ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto and its Dimension. */
const VALUE = { name: 1, type: 2 } as const;
const TENSOR_TYPE = 1;
const TENSOR = { type: 1, shape: 2 } as const;
const DIM = 1;
const DIMENSION = { value: 1, param: 2 } as const;

export function readValue(message: Uint8Array, budget: FieldBudget): Value {
  let name = "";
  let type = 0;
  let dims: (number | string)[] | undefined;
  for (const field of readFields(message, budget)) {
    if (field.number === VALUE.name) name = textOf(field);
    if (field.number !== VALUE.type) continue;
    for (const kind of readFields(bytesOf(field), budget)) {
      if (kind.number !== TENSOR_TYPE) continue;
      for (const part of readFields(bytesOf(kind), budget)) {
        if (part.number === TENSOR.type) type = Number(varintOf(part));
        if (part.number === TENSOR.shape) dims = readShape(bytesOf(part), budget);
      }
    }
  }
  // A free dimension counts as one: the smallest that it can be run with.
  if (dims)
    sizeOf(
      dims.map((dim) => (typeof dim === "number" ? BigInt(dim) : 1n)),
      name,
    );
  return { name, type, dims };
}

function readShape(message: Uint8Array, budget: FieldBudget): (number | string)[] {
  const dims: (number | string)[] = [];
  for (const field of readFields(message, budget)) {
    if (field.number !== DIM) continue;
    let dim: number | string = "";
    for (const part of readFields(bytesOf(field), budget)) {
      if (part.number === DIMENSION.value) dim = Number(varintOf(part));
      if (part.number === DIMENSION.param) dim = textOf(part);
    }
    // Exporters of some tools write what they don't know as 0, -1 or "?".
    dims.push((typeof dim === "number" && dim <= 0) || dim === "?" ? "" : dim);
  }
  return dims;
}
