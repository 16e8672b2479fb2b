import { Buffer } from "./buffer";
import { halfToF64 } from "./cbor/float";

/** Element types, by ONNX's numbers. */
export const F32 = 1;
export const U8 = 2;
export const I32 = 6;
export const I64 = 7;
export const F64 = 11;

/** `runtime/contract/tensor.ts` draws the frame. */
const HEAD = 8;
const ALIGN = 16;
/** A frame holds no more, and a tensor has no more dims. */
const MAX_TENSORS: u32 = 32;
const MAX_DIMS = 8;

/** Bytes of one element; 0 for a type that does not cross. */
function sizeOfType(type: i32): i32 {
  switch (type) {
    case 2:
    case 3:
    case 9:
      return 1;
    case 4:
    case 5:
    case 10:
      return 2;
    case 1:
    case 6:
    case 12:
      return 4;
    case 7:
    case 11:
    case 13:
      return 8;
  }
  return 0;
}

/**
 * A dense array in row-major order: what goes to a model and what comes back. `dims` left out: one dim, as long as the values.
 *
 *   Tensor.f32([21.5, 40.2, 1013.0], [1, 3])
 *
 * One that a model gave is valid until the handler returns; keep what `values()` returns.
 */
@final
export class Tensor {
  private constructor(
    /** F32, U8, …: ONNX's number of the element type. */
    readonly type: i32,
    readonly dims: i32[],
    readonly pointer: usize,
    readonly byteLength: i32,
    /** Holds the bytes, where they are the tensor's own. */
    private own: Uint8Array | null,
  ) {}

  static f32(values: f32[], dims: i32[] = []): Tensor {
    return Tensor.copied(F32, values.dataStart, values.length, dims);
  }
  static f64(values: f64[], dims: i32[] = []): Tensor {
    return Tensor.copied(F64, values.dataStart, values.length, dims);
  }
  static i32(values: i32[], dims: i32[] = []): Tensor {
    return Tensor.copied(I32, values.dataStart, values.length, dims);
  }
  static i64(values: i64[], dims: i32[] = []): Tensor {
    return Tensor.copied(I64, values.dataStart, values.length, dims);
  }
  static u8(values: Uint8Array, dims: i32[] = []): Tensor {
    return Tensor.copied(U8, values.dataStart, values.length, dims);
  }

  private static copied(type: i32, from: usize, count: i32, dims: i32[]): Tensor {
    if (dims.length == 0) dims = [count];
    let wanted = 1;
    for (let i = 0; i < dims.length; i++) wanted *= dims[i];
    assert(dims.length <= MAX_DIMS && wanted == count, "a tensor's dims multiplied are the number of its values");
    const own = new Uint8Array(count * sizeOfType(type));
    memory.copy(own.dataStart, from, own.length);
    return new Tensor(type, dims, own.dataStart, own.length, own);
  }

  /** The tensors of a frame; none where the bytes are no frame. They lie where the frame does. */
  static read(from: usize, length: i32): Tensor[] {
    const tensors: Tensor[] = [];
    const end = from + length;
    if (length < HEAD || load<u32>(from) > MAX_TENSORS) return tensors;
    let at = from + HEAD;
    for (let left = load<u32>(from); left > 0; left--) {
      if (<i32>(end - at) < HEAD) return [];
      const type: i32 = load<u8>(at);
      const rank: i32 = load<u8>(at, 1);
      const size = <i32>load<u32>(at, 4);
      const data = from + aligned(<i32>(at - from) + HEAD + 4 * rank);
      if (rank > MAX_DIMS || size < 0 || data > end || <usize>size > end - data) return [];
      const dims = new Array<i32>(rank);
      let bytes: i64 = sizeOfType(type);
      for (let i = 0; i < rank; i++) {
        dims[i] = <i32>load<u32>(at + HEAD + 4 * i);
        bytes *= dims[i];
      }
      if (bytes != size) return [];
      tensors.push(new Tensor(type, dims, data, size, null));
      at = data + size;
    }
    return tensors;
  }

  /** Appends the frame of `tensors`. */
  static write(tensors: Tensor[], to: Buffer): void {
    const start = to.length;
    store<u64>(to.reserve(HEAD), tensors.length);
    to.length += HEAD;
    for (let i = 0; i < tensors.length; i++) tensors[i].append(to, start);
  }

  private append(to: Buffer, start: i32): void {
    const rank = this.dims.length;
    const data = start + aligned(to.length - start + HEAD + 4 * rank);
    const at = to.reserve(data - to.length + this.byteLength);
    memory.fill(at, 0, data - to.length);
    store<u8>(at, <u8>this.type);
    store<u8>(at, <u8>rank, 1);
    store<u32>(at, this.byteLength, 4);
    for (let i = 0; i < rank; i++) store<u32>(at + HEAD + 4 * i, this.dims[i]);
    memory.copy(at + (data - to.length), this.pointer, this.byteLength);
    to.length = data + this.byteLength;
  }

  /** How many values there are. */
  get length(): i32 {
    return this.byteLength / sizeOfType(this.type);
  }

  /** Value `index`, counted from 0 over all dims; NaN when there is none. Of a float16 the value too. */
  at(index: i32): f64 {
    if (index < 0 || index >= this.length) return NaN;
    const at = this.pointer + index * sizeOfType(this.type);
    switch (this.type) {
      case 1:
        return load<f32>(at);
      case 2:
      case 9:
        return load<u8>(at);
      case 3:
        return load<i8>(at);
      case 4:
        return load<u16>(at);
      case 5:
        return load<i16>(at);
      case 6:
        return load<i32>(at);
      case 7:
        return <f64>load<i64>(at);
      case 10:
        return halfToF64(load<u16>(at));
      case 11:
        return load<f64>(at);
      case 12:
        return load<u32>(at);
      default:
        return <f64>load<u64>(at);
    }
  }

  /** All values, to be kept. */
  values(): f64[] {
    const values = new Array<f64>(this.length);
    for (let i = 0; i < values.length; i++) values[i] = this.at(i);
    return values;
  }

  /** Where the largest value is; -1 when there is none. */
  argMax(): i32 {
    let best = -1;
    let most: f64 = -Infinity;
    for (let i = 0; i < this.length; i++) {
      const value = this.at(i);
      if (value > most || (best < 0 && !isNaN(value))) {
        best = i;
        most = value;
      }
    }
    return best;
  }
}

function aligned(at: i32): i32 {
  return (at + ALIGN - 1) & ~(ALIGN - 1);
}
