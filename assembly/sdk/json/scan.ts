/**
 * Walks over JSON text (RFC 8259) in memory without building anything. Each function takes the range that is left and
 * returns the position after what it read, or 0 when the text ends or breaks off there; none reads past `end`.
 */

// @ts-ignore: decorator
@inline
export function skipSpace(at: usize, end: usize): usize {
  while (at < end && isSpace(load<u8>(at))) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function isSpace(byte: u32): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}

// Finds the first '"' or '\' in eight bytes at a time (bit twiddling: a byte of x is zero iff (x - 0x01..) & ~x & 0x80.. has its bit).
const ONES: u64 = 0x0101010101010101;
const HIGHS: u64 = 0x8080808080808080;
const QUOTES: u64 = 0x2222222222222222;
const BACKSLASHES: u64 = 0x5c5c5c5c5c5c5c5c;

/** From the byte after the opening quote to the one after the closing quote. */
export function skipString(at: usize, end: usize): usize {
  while (at < end) {
    if (at + 8 <= end) {
      const word = load<u64>(at);
      const quotes = word ^ QUOTES;
      const slashes = word ^ BACKSLASHES;
      const hit = (((quotes - ONES) & ~quotes) | ((slashes - ONES) & ~slashes)) & HIGHS;
      if (hit == 0) {
        at += 8;
        continue;
      }
      at += <usize>(ctz(hit) >> 3);
    }
    const byte = load<u8>(at);
    if (byte == 0x22) return at + 1;
    at += byte == 0x5c ? 2 : 1;
  }
  return 0;
}

/** Over one value, whatever it is. Brackets are counted, not matched: `valid` says whether the text is JSON. */
export function skipValue(at: usize, end: usize): usize {
  at = skipSpace(at, end);
  if (at >= end) return 0;
  let byte: u32 = load<u8>(at);
  if (byte == 0x22) return skipString(at + 1, end);
  if (byte != 0x7b && byte != 0x5b) return skipScalar(at, end);
  let depth = 0;
  while (at < end) {
    byte = load<u8>(at++);
    if (byte == 0x22) {
      at = skipString(at, end);
      if (at == 0) return 0;
    } else if (byte == 0x7b || byte == 0x5b) {
      depth++;
    } else if (byte == 0x7d || byte == 0x5d) {
      if (--depth == 0) return at;
    }
  }
  return 0;
}

/** Over a number, true, false or null: up to what may follow a value. */
function skipScalar(at: usize, end: usize): usize {
  const from = at;
  while (at < end) {
    const byte: u32 = load<u8>(at);
    if (byte == 0x2c || byte == 0x7d || byte == 0x5d || byte == 0x3a || isSpace(byte)) break;
    at++;
  }
  return at == from ? 0 : at;
}

/** After the comma to the next member or item; 0 at the end of the object or array. `at` is behind a value. */
export function nextMember(at: usize, end: usize): usize {
  at = skipSpace(at, end);
  if (at >= end || load<u8>(at) != 0x2c) return 0;
  return skipSpace(at + 1, end);
}

/** From a member's key (at its opening quote) to its value; 0 when there is none. */
export function memberValue(at: usize, end: usize): usize {
  if (at >= end || load<u8>(at) != 0x22) return 0;
  at = skipString(at + 1, end);
  if (at == 0) return 0;
  at = skipSpace(at, end);
  if (at >= end || load<u8>(at) != 0x3a) return 0;
  at = skipSpace(at + 1, end);
  return at < end ? at : 0;
}
