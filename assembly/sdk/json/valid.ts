import { skipSpace } from "./scan";
import { hexDigit } from "./text";

/** Deepest nesting that counts as valid; the lookups have no such limit. */
const MAX_DEPTH = 512;

/** Whether [at, end) is one JSON value (RFC 8259) with nothing but space around it. */
export function isJson(at: usize, end: usize): bool {
  // The closing bracket of each open level, so that hostile nesting takes no stack.
  const closers = new StaticArray<u8>(MAX_DEPTH);
  let depth = 0;
  at = skipSpace(at, end);
  while (true) {
    // A value begins here.
    if (at >= end) return false;
    const byte: u32 = load<u8>(at);
    if (byte == 0x7b || byte == 0x5b) {
      if (depth == MAX_DEPTH) return false;
      const closer: u8 = byte == 0x7b ? 0x7d : 0x5d;
      closers[depth++] = closer;
      at = skipSpace(at + 1, end);
      if (at >= end) return false;
      if (load<u8>(at) != closer) {
        if (closer == 0x7d) at = keyAndColon(at, end);
        if (at == 0) return false;
        continue;
      }
    } else {
      at = scalar(at, end);
      if (at == 0) return false;
    }
    // A value ended, or a level closes: go on to the next value.
    while (true) {
      at = skipSpace(at, end);
      if (depth == 0) return at == end;
      if (at >= end) return false;
      const next: u8 = load<u8>(at++);
      if (next == 0x2c) {
        at = skipSpace(at, end);
        if (closers[depth - 1] == 0x7d) at = keyAndColon(at, end);
        if (at == 0) return false;
        break;
      }
      if (next != closers[--depth]) return false;
    }
  }
}

function keyAndColon(at: usize, end: usize): usize {
  if (at >= end || load<u8>(at) != 0x22) return 0;
  at = strictString(at, end);
  if (at == 0) return 0;
  at = skipSpace(at, end);
  if (at >= end || load<u8>(at) != 0x3a) return 0;
  return skipSpace(at + 1, end);
}

function scalar(at: usize, end: usize): usize {
  const byte: u32 = load<u8>(at);
  if (byte == 0x22) return strictString(at, end);
  if (byte == 0x2d || isDigit(byte)) return strictNumber(at, end);
  if (at + 4 <= end && (load<u32>(at) == 0x65757274 || load<u32>(at) == 0x6c6c756e)) return at + 4; // true, null
  if (byte == 0x66 && at + 5 <= end && load<u32>(at, 1) == 0x65736c61) return at + 5; // false
  return 0;
}

function strictString(at: usize, end: usize): usize {
  at++;
  while (at < end) {
    const byte: u32 = load<u8>(at++);
    if (byte == 0x22) return at;
    if (byte < 0x20) return 0;
    if (byte != 0x5c) continue;
    if (at >= end) return 0;
    const letter: u32 = load<u8>(at++);
    if (letter == 0x75) {
      if (at + 4 > end) return 0;
      for (let i = 0; i < 4; i++) if (hexDigit(load<u8>(at++)) < 0) return 0;
    } else if (!isEscape(letter)) return 0;
  }
  return 0;
}

/** One of "\/bfnrt. */
function isEscape(letter: u32): bool {
  return (
    letter == 0x22 || letter == 0x5c || letter == 0x2f || letter == 0x62 || letter == 0x66 || letter == 0x6e || letter == 0x72 || letter == 0x74
  );
}

function strictNumber(at: usize, end: usize): usize {
  if (load<u8>(at) == 0x2d) at++;
  if (at >= end) return 0;
  if (load<u8>(at) == 0x30) at++;
  else {
    at = digits(at, end);
    if (at == 0) return 0;
  }
  if (at < end && load<u8>(at) == 0x2e) {
    at = digits(at + 1, end);
    if (at == 0) return 0;
  }
  if (at < end && (load<u8>(at) | 0x20) == 0x65) {
    at++;
    if (at < end && (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d)) at++;
    at = digits(at, end);
  }
  return at;
}

/** Over one digit or more; 0 when there is none. */
function digits(at: usize, end: usize): usize {
  const from = at;
  while (at < end && isDigit(load<u8>(at))) at++;
  return at == from ? 0 : at;
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte >= 0x30 && byte <= 0x39;
}
