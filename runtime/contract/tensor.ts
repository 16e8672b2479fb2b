import { StepppsError } from "./errors/index.ts";

/** The element types that cross between guests, the host and the worker: bytes of one element, and ONNX's number of the type. */
export const DTYPES = {
  float32: { bytes: 4, onnx: 1 },
  uint8: { bytes: 1, onnx: 2 },
  int8: { bytes: 1, onnx: 3 },
  uint16: { bytes: 2, onnx: 4 },
  int16: { bytes: 2, onnx: 5 },
  int32: { bytes: 4, onnx: 6 },
  int64: { bytes: 8, onnx: 7 },
  bool: { bytes: 1, onnx: 9 },
  float16: { bytes: 2, onnx: 10 },
  float64: { bytes: 8, onnx: 11 },
  uint32: { bytes: 4, onnx: 12 },
  uint64: { bytes: 8, onnx: 13 },
} as const;
export type Dtype = keyof typeof DTYPES;

/** A dense array in row-major order, little endian. `bytes` is as long as its elements take: `tensorBytes(dtype, dims)`. */
export interface Tensor {
  readonly dtype: Dtype;
  /** Each at least 0; none of them for a scalar. */
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

/** A frame holds no more tensors, and a tensor has no more dims. */
export const MAX_TENSORS = 32;
export const MAX_DIMS = 8;
/** Of one frame: an image of 1,280 x 960 with three channels of float32 is half of it. */
export const MAX_FRAME_BYTES = 32 * 1024 * 1024;

const ALIGN = 16;
const FIXED = 8;

const DTYPE_OF_ONNX: readonly (Dtype | undefined)[] = Object.entries(DTYPES).reduce<(Dtype | undefined)[]>(
  (table, [dtype, { onnx }]) => {
    table[onnx] = dtype as Dtype;
    return table;
  },
  [],
);

/** The type that ONNX numbers `code`; undefined for those that don't cross. */
export function dtypeOf(code: number): Dtype | undefined {
  return DTYPE_OF_ONNX[code];
}

/** How many bytes the elements of such a tensor take; NaN where a dim is no count. */
export function tensorBytes(dtype: Dtype, dims: readonly number[]): number {
  let bytes: number = DTYPES[dtype].bytes;
  for (const dim of dims) bytes *= Number.isInteger(dim) && dim >= 0 ? dim : Number.NaN;
  return bytes;
}

/**
 * Tensors as bytes, little endian: what a guest hands out with `infer`, what it gets back, and what lies in the memory that
 * host and worker share.
 *
 *   u32 count │ u32 0 │ tensor…
 *   tensor:  u8 type, as ONNX numbers them │ u8 rank │ u16 0 │ u32 size of the data │ u32 dim × rank
 *            │ zeros up to a multiple of 16 from the frame's beginning │ data
 *
 * The data's place lets whoever has the frame at a multiple of 16 compute on it where it lies.
 */
export function encodeTensors(tensors: readonly Tensor[]): Uint8Array {
  const frame = new Uint8Array(framedBytes(tensors));
  writeTensors(frame, tensors);
  return frame;
}

/** The length of the frame of `tensors`. */
export function framedBytes(tensors: readonly Pick<Tensor, "dims" | "bytes">[]): number {
  let at = FIXED;
  for (const { dims, bytes } of tensors) at = aligned(at + FIXED + 4 * dims.length) + bytes.length;
  return at;
}

/** Writes the frame of `tensors` to the beginning of `into`, which must have room; returns its length. */
export function writeTensors(into: Uint8Array, tensors: readonly Tensor[]): number {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint32(0, tensors.length, true);
  view.setUint32(4, 0, true);
  let at = FIXED;
  for (const { dtype, dims, bytes } of tensors) {
    at = writeTensorHeader(into, at, dtype, dims, bytes.length);
    into.set(bytes, at);
    at += bytes.length;
  }
  return at;
}

/** Writes a tensor's header at `at` of a frame; returns where its data goes. */
export function writeTensorHeader(frame: Uint8Array, at: number, dtype: Dtype, dims: readonly number[], size: number): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint32(at, DTYPES[dtype].onnx | (dims.length << 8), true);
  view.setUint32(at + 4, size, true);
  let cursor = at + FIXED;
  for (const dim of dims) {
    view.setUint32(cursor, dim, true);
    cursor += 4;
  }
  const data = aligned(cursor);
  frame.fill(0, cursor, data);
  return data;
}

/** Reads a frame; throws E_TENSOR on anything that is not one. The tensors' bytes are views, not copies. */
export function decodeTensors(frame: Uint8Array): Tensor[] {
  if (frame.length > MAX_FRAME_BYTES) throw bad(`${frame.length} bytes are more than ${MAX_FRAME_BYTES}`);
  if (frame.length < FIXED) throw bad("it is cut short");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const count = view.getUint32(0, true);
  if (count > MAX_TENSORS) throw bad(`${count} tensors are more than ${MAX_TENSORS}`);
  const tensors: Tensor[] = [];
  let at = FIXED;
  for (let index = 0; index < count; index++) {
    if (frame.length - at < FIXED) throw bad(`tensor ${index} is cut short`);
    const dtype = dtypeOf(view.getUint8(at));
    const rank = view.getUint8(at + 1);
    const size = view.getUint32(at + 4, true);
    if (dtype === undefined) throw bad(`tensor ${index} has the unknown type ${view.getUint8(at)}`);
    if (rank > MAX_DIMS) throw bad(`tensor ${index} has ${rank} dims, more than ${MAX_DIMS}`);
    const data = aligned(at + FIXED + 4 * rank);
    if (data + size > frame.length) throw bad(`tensor ${index} is cut short`);
    const dims: number[] = [];
    for (let dim = 0; dim < rank; dim++) dims.push(view.getUint32(at + FIXED + 4 * dim, true));
    if (tensorBytes(dtype, dims) !== size) throw bad(`tensor ${index} has ${size} bytes, which ${dtype}[${dims}] doesn't take`);
    tensors.push({ dtype, dims, bytes: frame.subarray(data, data + size) });
    at = data + size;
  }
  if (at !== frame.length) throw bad(`${frame.length - at} bytes are left over`);
  return tensors;
}

function aligned(at: number): number {
  return Math.ceil(at / ALIGN) * ALIGN;
}

function bad(detail: string): StepppsError {
  return new StepppsError("E_TENSOR", detail);
}
