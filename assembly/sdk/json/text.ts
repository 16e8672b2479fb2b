import { decodeUtf8 } from "../utf8";
import { skipString } from "./scan";

/** The string whose opening quote is at `at`; null when there is none (0) or it breaks off. Unknown escapes stand for the letter itself. */
export function readString(at: usize, end: usize): string | null {
  if (at == 0 || at >= end || load<u8>(at) != 0x22) return null;
  const close = skipString(at + 1, end);
  if (close == 0) return null;
  const last = close - 1;
  let from = at + 1;
  const room = changetype<usize>(__new((last - from) << 1, idof<String>()));
  let to = room;
  while (from < last) {
    let plain = from;
    while (plain < last && load<u8>(plain) != 0x5c) plain++;
    to = decodeUtf8(from, plain, to);
    from = plain;
    if (from + 1 < last) {
      const letter: u32 = load<u8>(from, 1);
      from += 2;
      if (letter == 0x75) {
        // \uXXXX is one UTF-16 unit, lone surrogates included: as JavaScript does.
        store<u16>(to, hex4(from, last));
        from = from + 4 < last ? from + 4 : last;
      } else {
        store<u16>(to, unescaped(letter));
      }
      to += 2;
    } else if (from < last) {
      from++;
    }
  }
  return changetype<string>(__renew(room, to - room));
}

function unescaped(letter: u32): u32 {
  switch (letter) {
    case 0x6e:
      return 0x0a;
    case 0x74:
      return 0x09;
    case 0x72:
      return 0x0d;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
  }
  return letter;
}

/** Four hexadecimal digits, U+FFFD when they are not four. */
function hex4(at: usize, end: usize): u32 {
  if (at + 4 > end) return 0xfffd;
  let value: u32 = 0;
  for (let i = 0; i < 4; i++) {
    const digit = hexDigit(load<u8>(at + i));
    if (digit < 0) return 0xfffd;
    value = (value << 4) | <u32>digit;
  }
  return value;
}

export function hexDigit(byte: u32): i32 {
  if (byte >= 0x30 && byte <= 0x39) return <i32>byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? <i32>lower - 0x57 : -1;
}
