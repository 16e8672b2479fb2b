import { dtoa_buffered } from "util/number";
import { Buffer } from "../buffer";
import { writePoint } from "../utf8";

/** Appends `text` as a JSON string. Lone surrogates become U+FFFD. */
export function writeString(to: Buffer, text: string): void {
  // The longest escape takes six bytes for one unit.
  let out = to.reserve(text.length * 6 + 2);
  let from = changetype<usize>(text);
  const end = from + (<usize>text.length << 1);
  store<u8>(out++, 0x22);
  while (from < end) {
    let point: u32 = load<u16>(from);
    from += 2;
    if (point >= 0x20 && point < 0x80 && point != 0x22 && point != 0x5c) {
      store<u8>(out++, point);
      continue;
    }
    if (point < 0x80) {
      out = writeEscape(point, out);
      continue;
    }
    if (point >= 0xd800 && point < 0xe000) {
      const low: u32 = point < 0xdc00 && from < end ? load<u16>(from) : 0;
      if (low >= 0xdc00 && low < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        from += 2;
      } else point = 0xfffd;
    }
    out = writePoint(point, out);
  }
  store<u8>(out++, 0x22);
  to.end = out;
}

function writeEscape(point: u32, out: usize): usize {
  store<u8>(out, 0x5c);
  let letter: u32 = 0;
  if (point == 0x22 || point == 0x5c) letter = point;
  else if (point == 0x0a) letter = 0x6e;
  else if (point == 0x0d) letter = 0x72;
  else if (point == 0x09) letter = 0x74;
  else if (point == 0x08) letter = 0x62;
  else if (point == 0x0c) letter = 0x66;
  if (letter != 0) {
    store<u8>(out, letter, 1);
    return out + 2;
  }
  // \u00XX
  store<u32>(out, 0x30303075, 1);
  store<u8>(out, 0x30 + (point >> 4), 4);
  const low = point & 15;
  store<u8>(out, low < 10 ? 0x30 + low : 0x57 + low, 5);
  return out + 6;
}

export function writeInteger(to: Buffer, value: i64): void {
  let out = to.reserve(20);
  let rest = <u64>value;
  if (value < 0) {
    store<u8>(out++, 0x2d);
    rest = 0 - rest;
  }
  to.end = writeDigits(rest, out);
}

export function writeUnsigned(to: Buffer, value: u64): void {
  to.end = writeDigits(value, to.reserve(20));
}

function writeDigits(value: u64, out: usize): usize {
  let length = 1;
  for (let rest = value; rest >= 10; rest /= 10) length++;
  const end = out + length;
  for (let at = end - 1; at >= out; at--) {
    store<u8>(at, 0x30 + (value % 10));
    value /= 10;
  }
  return end;
}

const digits = new StaticArray<u16>(32);

/** Appends a number so that reading it gives the same one; null when it is not finite, as JSON.stringify does. */
export function writeNumber(to: Buffer, value: f64): void {
  if (!isFinite(value)) {
    const out = to.reserve(4);
    store<u32>(out, 0x6c6c756e); // "null"
    to.end = out + 4;
    return;
  }
  if (value == Math.trunc(value) && Math.abs(value) <= 9007199254740992.0) return writeInteger(to, <i64>value);
  const length = dtoa_buffered(changetype<usize>(digits), value);
  const from = changetype<usize>(digits);
  to.end = decodedAscii(from, from + (<usize>length << 1), to.reserve(length));
}

function decodedAscii(from: usize, end: usize, out: usize): usize {
  for (; from < end; from += 2) store<u8>(out++, load<u16>(from));
  return out;
}
