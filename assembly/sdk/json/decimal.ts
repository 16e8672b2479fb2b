/**
 * The slow and exact way from decimal digits to the nearest double: guess, then compare the digits with the midpoint
 * between the guess and its neighbour as whole numbers (the idea of David Gay's strtod, "bigcomp").
 *
 *   digits x 10^e  <=>  (2m + 1) x 2^(q - 1)      both sides multiplied by what makes them whole
 */
const MAX_DIGITS = 800; // 767 decide every halfway case; the rest only says "a bit more"

export function decimalToF64(at: usize, end: usize): f64 {
  const digits = new BigNatural(0);
  let exponent = 0;
  let count = 0;
  let head: u64 = 0; // the first 19 digits
  let afterPoint = false;
  let sticky = false;
  if (at < end && load<u8>(at) == 0x2d) at++;
  while (at < end) {
    const byte: u32 = load<u8>(at);
    const digit = byte - 0x30;
    if (digit <= 9) {
      if (count < MAX_DIGITS) {
        if (count > 0 || digit > 0) {
          digits.timesPlus(10, digit);
          count++;
          if (count <= 19) head = head * 10 + digit;
        }
        if (afterPoint) exponent--;
      } else {
        if (digit > 0) sticky = true;
        if (!afterPoint) exponent++;
      }
    } else if (byte == 0x2e && !afterPoint) afterPoint = true;
    else break;
    at++;
  }
  if (at < end && (load<u8>(at) | 0x20) == 0x65) exponent += readExponent(at + 1, end);
  if (sticky) {
    digits.timesPlus(10, 1);
    exponent--;
    count++;
  }
  if (count == 0 || count + exponent < -330) return 0;
  if (count + exponent > 310) return Infinity;
  return nearest(digits, exponent, guess(head, exponent + max(count - 19, 0)));
}

/** The exponent's value, held within what decides between zero and infinity. */
export function readExponent(at: usize, end: usize): i32 {
  const negative = at < end && load<u8>(at) == 0x2d;
  if (negative || (at < end && load<u8>(at) == 0x2b)) at++;
  let exponent = 0;
  while (at < end) {
    const digit = <u32>load<u8>(at++) - 0x30;
    if (digit > 9) break;
    if (exponent < 100_000_000) exponent = exponent * 10 + <i32>digit;
  }
  return negative ? -exponent : exponent;
}

/** Within a few units in the last place. */
function guess(head: u64, exponent: i32): f64 {
  let value = <f64>head;
  for (; exponent >= 22; exponent -= 22) value *= 1e22;
  for (; exponent > 0; exponent--) value *= 10;
  for (; exponent <= -22; exponent += 22) value /= 1e22;
  for (; exponent < 0; exponent++) value /= 10;
  return value;
}

/** Moves `candidate` to the double that is nearest to digits x 10^exponent; halves go to the even one. */
function nearest(digits: BigNatural, exponent: i32, candidate: f64): f64 {
  let bits = reinterpret<u64>(candidate);
  const infinity = reinterpret<u64>(Infinity);
  if (bits > infinity) bits = infinity;
  while (true) {
    // Above the midpoint to the next double: go up. Below the midpoint to the one before: go down.
    if (bits < infinity) {
      const up = compareWithMidpoint(digits, exponent, bits);
      if (up > 0 || (up == 0 && (bits & 1) == 1)) {
        bits++;
        continue;
      }
    }
    if (bits > 0) {
      const down = compareWithMidpoint(digits, exponent, bits - 1);
      if (down < 0 || (down == 0 && (bits & 1) == 1)) {
        bits--;
        continue;
      }
    }
    return reinterpret<f64>(bits);
  }
}

/** Sign of digits x 10^exponent less the midpoint between the double with `bits` and the next one up. */
function compareWithMidpoint(digits: BigNatural, exponent: i32, bits: u64): i32 {
  const biased = <i32>(bits >> 52);
  const fraction = bits & 0xfffffffffffff;
  const mantissa = biased == 0 ? fraction : fraction | 0x10000000000000;
  const binary = (biased == 0 ? 1 : biased) - 1075 - 1; // of the midpoint 2m + 1
  const left = digits.copy();
  const right = new BigNatural(2 * mantissa + 1);
  if (exponent > 0) left.timesPowerOf10(exponent);
  else right.timesPowerOf10(-exponent);
  if (binary > 0) right.shiftLeft(binary);
  else left.shiftLeft(-binary);
  return left.compare(right);
}

/** A whole number of any size: 32 bits a limb, the smallest first, no zeros on top. */
@final
class BigNatural {
  private limbs: u32[] = [];

  constructor(value: u64) {
    if (value > 0) this.limbs.push(<u32>value);
    if (value >> 32) this.limbs.push(<u32>(value >> 32));
  }

  copy(): BigNatural {
    const copy = new BigNatural(0);
    copy.limbs = this.limbs.slice();
    return copy;
  }

  timesPlus(factor: u32, plus: u32): void {
    let carry: u64 = plus;
    const limbs = this.limbs;
    for (let i = 0; i < limbs.length; i++) {
      carry += <u64>limbs[i] * factor;
      limbs[i] = <u32>carry;
      carry >>= 32;
    }
    if (carry) limbs.push(<u32>carry);
  }

  timesPowerOf10(power: i32): void {
    for (; power >= 9; power -= 9) this.timesPlus(1_000_000_000, 0);
    for (; power > 0; power--) this.timesPlus(10, 0);
  }

  shiftLeft(bits: i32): void {
    if (this.limbs.length == 0) return;
    if (bits & 31) this.timesPlus(<u32>1 << (bits & 31), 0);
    const whole = bits >> 5;
    if (whole == 0) return;
    const moved = new Array<u32>(whole + this.limbs.length);
    for (let i = 0; i < this.limbs.length; i++) moved[whole + i] = this.limbs[i];
    this.limbs = moved;
  }

  compare(other: BigNatural): i32 {
    const a = this.limbs;
    const b = other.limbs;
    if (a.length != b.length) return a.length < b.length ? -1 : 1;
    for (let i = a.length - 1; i >= 0; i--) if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
  }
}
