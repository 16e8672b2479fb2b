import type { Random } from "../../../assembly/models/train/random.ts";
import { DTYPES, type ModelValue, StepppsError, type Tensor, tensorBytes } from "../../contract/index.ts";

/**
 * A tensor of random values that the manifest allows, the same for the same seed; dims that are open are 1. Where it names no range:
 * floats from 0 to 1, whole numbers 0 or 1.
 */
export function sampleTensor({ dtype, dims, min, max, columns }: ModelValue, random: Random): Tensor {
  const sizes = dims.map((dim) => (dim < 0 ? 1 : dim));
  const bytes = new Uint8Array(tensorBytes(dtype, sizes));
  const view = new DataView(bytes.buffer);
  const width = DTYPES[dtype].bytes;
  for (let at = 0; at < bytes.length / width; at++) {
    const column = columns?.[at % columns.length];
    const least = column?.min ?? min ?? 0;
    const value = random.between(least, column?.max ?? max ?? Math.max(1, least));
    WRITE[dtype](view, at * width, value);
  }
  return { dtype, dims: sizes, bytes };
}

/** Whole numbers up to and with the largest. */
const whole = (value: number) => Math.round(value);
const refused = (dtype: string) => () => {
  throw new StepppsError("E_CLI_OPTION", `no vectors of ${dtype} can be made here`);
};

const WRITE: Readonly<Record<ModelValue["dtype"], (view: DataView, at: number, value: number) => void>> = {
  float32: (view, at, value) => view.setFloat32(at, value, true),
  float64: (view, at, value) => view.setFloat64(at, value, true),
  uint8: (view, at, value) => view.setUint8(at, whole(value)),
  int8: (view, at, value) => view.setInt8(at, whole(value)),
  uint16: (view, at, value) => view.setUint16(at, whole(value), true),
  int16: (view, at, value) => view.setInt16(at, whole(value), true),
  uint32: (view, at, value) => view.setUint32(at, whole(value), true),
  int32: (view, at, value) => view.setInt32(at, whole(value), true),
  uint64: (view, at, value) => view.setBigUint64(at, BigInt(whole(value)), true),
  int64: (view, at, value) => view.setBigInt64(at, BigInt(whole(value)), true),
  bool: (view, at, value) => view.setUint8(at, value < 0.5 ? 0 : 1),
  float16: refused("float16"),
};
