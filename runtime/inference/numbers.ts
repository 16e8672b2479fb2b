import { DTYPES, StepppsError, type Tensor } from "../contract/index.ts";

/** The values of a tensor as numbers: a view where its type and place allow that, a copy otherwise. 64-bit integers are rounded. */
export function numbersOf({ dtype, bytes }: Tensor): ArrayLike<number> {
  const width = DTYPES[dtype].bytes;
  if (bytes.length % width !== 0) throw new StepppsError("E_TENSOR", `${bytes.length} bytes of ${dtype}`);
  // An array of wider elements stands at a multiple of their width.
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const length = bytes.length / width;
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, byteOffset, length);
    case "float64":
      return new Float64Array(buffer, byteOffset, length);
    case "uint8":
    case "bool":
      return bytes;
    case "int8":
      return new Int8Array(buffer, byteOffset, length);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, length);
    case "int16":
      return new Int16Array(buffer, byteOffset, length);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, length);
    case "int32":
      return new Int32Array(buffer, byteOffset, length);
    case "int64":
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, length), Number);
    case "uint64":
      return Float64Array.from(new BigUint64Array(buffer, byteOffset, length), Number);
    case "float16":
      return Float64Array.from(new Uint16Array(buffer, byteOffset, length), halfOf);
  }
}

/** binary16 of IEEE 754: 1 bit of sign, 5 of exponent, 10 of fraction. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
