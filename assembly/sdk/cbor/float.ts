import { Buffer } from "../buffer";

/** Appends a float in the fewest bytes that hold it (RFC 8949, section 4.2.1). */
export function writeFloat(to: Buffer, value: f64): void {
  const out = to.reserve(9);
  const single = <f32>value;
  if (isNaN(value)) {
    store<u8>(out, 0xf9);
    store<u16>(out, 0x007e, 1);
    to.length += 3;
  } else if (<f64>single != value) {
    store<u8>(out, 0xfb);
    store<u64>(out, bswap<u64>(reinterpret<u64>(value)), 1);
    to.length += 9;
  } else {
    const half = halfOf(reinterpret<u32>(single));
    if (half >= 0) {
      store<u8>(out, 0xf9);
      store<u16>(out, bswap<u16>(<u16>half), 1);
      to.length += 3;
    } else {
      store<u8>(out, 0xfa);
      store<u32>(out, bswap<u32>(reinterpret<u32>(single)), 1);
      to.length += 5;
    }
  }
}

/** The half-precision bits of the single with `bits`; -1 when it has none that is equal. */
function halfOf(bits: u32): i32 {
  const sign = <i32>((bits >> 16) & 0x8000);
  const exponent = <i32>((bits >> 23) & 0xff);
  const fraction = bits & 0x7fffff;
  if (exponent == 0) return fraction == 0 ? sign : -1;
  if (exponent == 0xff) return fraction == 0 ? sign | 0x7c00 : -1;
  const half = exponent - 127 + 15;
  if (half >= 31) return -1;
  if (half > 0) return fraction & 0x1fff ? -1 : sign | (half << 10) | <i32>(fraction >> 13);
  // Subnormal: the leading one moves into the fraction.
  const shift = 14 - half;
  if (shift > 24) return -1;
  const whole = fraction | 0x800000;
  return whole & ((1 << shift) - 1) ? -1 : sign | <i32>(whole >> shift);
}

export function halfToF64(half: u32): f64 {
  const exponent = (half >> 10) & 31;
  const fraction = <f64>(half & 0x3ff);
  let value: f64;
  if (exponent == 0) value = fraction * 5.960464477539063e-8; // 2^-24
  else if (exponent == 31) value = fraction == 0 ? Infinity : NaN;
  else value = (1.0 + fraction / 1024.0) * reinterpret<f64>((<u64>exponent - 15 + 1023) << 52);
  return half & 0x8000 ? -value : value;
}
