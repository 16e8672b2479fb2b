import { DTYPES, type Dtype, type Tensor } from "../contract/index.ts";

type Write = (view: DataView, at: number, value: number) => void;

const WRITE: Readonly<Record<Dtype, Write>> = {
  float32: (view, at, value) => view.setFloat32(at, value, true),
  float64: (view, at, value) => view.setFloat64(at, value, true),
  float16: (view, at, value) => view.setFloat16(at, value, true),
  uint8: (view, at, value) => view.setUint8(at, value),
  int8: (view, at, value) => view.setInt8(at, value),
  uint16: (view, at, value) => view.setUint16(at, value, true),
  int16: (view, at, value) => view.setInt16(at, value, true),
  int32: (view, at, value) => view.setInt32(at, value, true),
  uint32: (view, at, value) => view.setUint32(at, value, true),
  int64: (view, at, value) => view.setBigInt64(at, BigInt(Math.trunc(value)), true),
  uint64: (view, at, value) => view.setBigUint64(at, BigInt(Math.trunc(value)), true),
  bool: (view, at, value) => view.setUint8(at, value === 0 ? 0 : 1),
};

/** Numbers as a tensor; integers are cut to their width. The values are as many as the dims say, and finite where the type is an integer's. */
export function tensorOf(dtype: Dtype, dims: readonly number[], values: readonly number[]): Tensor {
  const width = DTYPES[dtype].bytes;
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  const write = WRITE[dtype];
  for (let index = 0; index < values.length; index++) write(view, index * width, values[index] as number);
  return { dtype, dims, bytes };
}
