import { decimalToF64, readExponent } from "./decimal";

/** Powers of ten that a double holds exactly. */
const EXACT: StaticArray<f64> = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/** The number at `at`, rounded to the nearest double as JavaScript does; `fallback` when there is none. */
export function readNumber(at: usize, end: usize, fallback: f64): f64 {
  const from = at;
  const negative = at < end && load<u8>(at) == 0x2d;
  if (negative) at++;
  let mantissa: u64 = 0;
  let digits = 0; // significant ones seen
  let exponent = 0;
  let any = false;
  let afterPoint = false;
  while (at < end) {
    const byte: u32 = load<u8>(at);
    const digit = byte - 0x30;
    if (digit <= 9) {
      any = true;
      if (digits < 19) {
        mantissa = mantissa * 10 + digit;
        if (mantissa != 0) digits++;
        if (afterPoint) exponent--;
      } else {
        digits++;
        if (!afterPoint) exponent++;
      }
    } else if (byte == 0x2e && !afterPoint) {
      afterPoint = true;
    } else break;
    at++;
  }
  if (!any) return fallback;
  if (at < end && (load<u8>(at) | 0x20) == 0x65) exponent += readExponent(at + 1, end);
  let value: f64;
  if (mantissa == 0) value = 0;
  else if (digits <= 19 && mantissa <= 9007199254740992 && exponent >= -22 && exponent <= 22) {
    // Both factors are exact, so that one operation rounds once (Clinger 1990).
    value = exponent < 0 ? <f64>mantissa / unchecked(EXACT[-exponent]) : <f64>mantissa * unchecked(EXACT[exponent]);
  } else value = decimalToF64(from, end);
  return negative ? -value : value;
}

/** The number at `at` as a whole number: exact within 64 bits, cut towards zero, held at the ends; `fallback` when there is none. */
export function readInteger(at: usize, end: usize, fallback: i64): i64 {
  const from = at;
  const negative = at < end && load<u8>(at) == 0x2d;
  if (negative) at++;
  let value: u64 = 0;
  let digits = 0;
  while (at < end) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9 || digits == 18) break;
    value = value * 10 + digit;
    digits++;
    at++;
  }
  const next: u32 = at < end ? load<u8>(at) : 0;
  if (digits > 0 && next != 0x2e && (next | 0x20) != 0x65 && next - 0x30 > 9) return negative ? -(<i64>value) : <i64>value;
  return wideInteger(from, end, fallback);
}

/** Nineteen digits, fractions and exponents. */
function wideInteger(at: usize, end: usize, fallback: i64): i64 {
  const negative = at < end && load<u8>(at) == 0x2d;
  let value: u64 = 0;
  let cursor = negative ? at + 1 : at;
  const limit: u64 = negative ? 0x8000000000000000 : 0x7fffffffffffffff;
  while (cursor < end) {
    const digit = <u32>load<u8>(cursor) - 0x30;
    if (digit > 9) break;
    if (value > (limit - digit) / 10) return negative ? i64.MIN_VALUE : i64.MAX_VALUE;
    value = value * 10 + digit;
    cursor++;
  }
  const next: u32 = cursor < end ? load<u8>(cursor) : 0;
  if (cursor > (negative ? at + 1 : at) && next != 0x2e && (next | 0x20) != 0x65) return negative ? -(<i64>value) : <i64>value;
  const real = readNumber(at, end, NaN);
  if (isNaN(real)) return fallback;
  if (real >= 9223372036854775808.0) return i64.MAX_VALUE;
  if (real <= -9223372036854775808.0) return i64.MIN_VALUE;
  return <i64>real;
}
