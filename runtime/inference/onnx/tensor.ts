import { StepppsError } from "../../contract/index.ts";
import { ONNX_LIMITS } from "./limits.ts";
import { countPacked, type Field, type FieldBudget, malformed, readFields, readPacked, WIRE } from "./wire.ts";

/** What a stored tensor is; its values are left in the file. */
export interface StoredTensor {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly number[];
  readonly elements: number;
  readonly bytes: number;
  /** Of a short int64 tensor: it may be a shape. */
  readonly integers?: readonly bigint[];
}

/** TensorProto.DataType of onnx.proto3: bits of an element. Strings have no size of their own. */
const BITS: Readonly<Record<number, number>> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 8: 0, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16 },
  ...{ 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8 },
};
const INT64 = 7;
const STRING = 8;
const SHAPE_ELEMENTS = 16;

/** Field numbers of TensorProto. `typed`: how many values each packed field holds. */
const TENSOR = { dims: 1, type: 2, segment: 3, strings: 6, int64: 7, name: 8, raw: 9, external: 13, location: 14 } as const;
const TYPED: Readonly<Record<number, (bytes: Uint8Array) => number>> = {
  4: (bytes) => bytes.length / 4,
  5: countPacked,
  7: countPacked,
  10: (bytes) => bytes.length / 8,
  11: countPacked,
};

/**
 * A tensor that a file holds. Throws E_MODEL_EXTERNAL where its values lie elsewhere, E_MODEL_LIMIT where it is huge, E_MODEL_ONNX
 * where there are fewer or more values than its dimensions say: a few bytes that ask for gigabytes.
 */
export function readTensor(message: Uint8Array, budget: FieldBudget): StoredTensor {
  const dims: bigint[] = [];
  let type = 0;
  let name = "";
  let raw: Uint8Array | undefined;
  let int64: Uint8Array | undefined;
  let values = 0;
  let strings = 0;
  for (const field of readFields(message, budget)) {
    const { number } = field;
    if (number === TENSOR.dims) dims.push(...integersOf(field, ONNX_LIMITS.rank));
    else if (number === TENSOR.type) type = Number(varintOf(field));
    else if (number === TENSOR.name) name = textOf(field);
    else if (number === TENSOR.raw) raw = bytesOf(field);
    else if (number === TENSOR.strings) strings++;
    else if (number === TENSOR.segment) throw malformed("a tensor in segments");
    else if (number === TENSOR.external || (number === TENSOR.location && varintOf(field) !== 0n))
      throw new StepppsError("E_MODEL_EXTERNAL", name);
    else if (TYPED[number]) {
      values += field.wire === WIRE.bytes ? TYPED[number](field.bytes) : 1;
      if (number === TENSOR.int64 && field.wire === WIRE.bytes) int64 = field.bytes;
    }
  }
  const { sizes, elements } = sizeOf(dims, name);
  const bits = BITS[type];
  if (bits === undefined) throw malformed(`${name}: data type ${type}`);
  const bytes = Math.ceil((elements * bits) / 8);
  const held = type === STRING ? strings === elements : raw ? raw.length === bytes : typedHolds(type, values, elements, bytes);
  if (!held) throw malformed(`${name}: not as many values as its dimensions say`);
  const integers = type === INT64 && elements <= SHAPE_ELEMENTS ? integersIn(raw, int64) : undefined;
  return { name, type, dims: sizes, elements, bytes, ...(integers && { integers }) };
}

/** Dimensions as numbers, and how many elements that makes. Throws E_MODEL_LIMIT where it is more than any model here has. */
export function sizeOf(dims: readonly bigint[], name: string): { sizes: number[]; elements: number } {
  if (dims.length > ONNX_LIMITS.rank) throw new StepppsError("E_MODEL_LIMIT", `${name} has ${dims.length} dimensions`);
  let elements = 1n;
  for (const dim of dims) {
    if (dim < 0n) throw malformed(`${name}: a dimension below zero`);
    if (dim > ONNX_LIMITS.elements) throw new StepppsError("E_MODEL_LIMIT", `${name} has a dimension of ${dim}`);
    elements *= dim;
  }
  if (elements > ONNX_LIMITS.elements) throw new StepppsError("E_MODEL_LIMIT", `${name} has ${elements} elements`);
  return { sizes: dims.map(Number), elements: Number(elements) };
}

/** Complex values are two; the types below a byte may come packed. */
function typedHolds(type: number, values: number, elements: number, bytes: number): boolean {
  if (type === 14 || type === 15) return values === 2 * elements;
  return values === elements || (BITS[type] === 4 && values === bytes);
}

function integersIn(raw: Uint8Array | undefined, packed: Uint8Array | undefined): bigint[] | undefined {
  if (packed) return readPacked(packed, SHAPE_ELEMENTS);
  if (!raw) return undefined;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: raw.length / 8 }, (_, i) => view.getBigInt64(i * 8, true));
}

export function bytesOf(field: Field): Uint8Array {
  if (field.wire !== WIRE.bytes) throw malformed(`field ${field.number} has another wire type`);
  return field.bytes;
}

export function varintOf(field: Field): bigint {
  if (field.wire !== WIRE.varint) throw malformed(`field ${field.number} has another wire type`);
  return field.value;
}

/** A repeated int64, packed or not. */
export function integersOf(field: Field, limit: number): bigint[] {
  return field.wire === WIRE.bytes ? readPacked(field.bytes, limit) : [varintOf(field)];
}

/** A name. What is no UTF-8 becomes U+FFFD: two such names are one, and one of them is refused. */
export function textOf(field: Field): string {
  const bytes = bytesOf(field);
  if (bytes.length > ONNX_LIMITS.nameBytes) throw new StepppsError("E_MODEL_LIMIT", `a name of ${bytes.length} bytes`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
