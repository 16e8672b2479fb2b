/** UTF-8 to and from AssemblyScript's UTF-16 strings. Lone surrogates and malformed bytes become U+FFFD, as in the Encoding Standard. */

const REPLACEMENT: u32 = 0xfffd;

/** Most bytes that `text` can take. */
// @ts-ignore: decorator
@inline
export function utf8Bound(text: string): i32 {
  return text.length * 3;
}

/** Writes `text` at `to`, which has room for `utf8Bound(text)` bytes; the position after it. */
export function writeUtf8(text: string, to: usize): usize {
  let from = changetype<usize>(text);
  const end = from + (<usize>text.length << 1);
  while (from < end) {
    let point = <u32>load<u16>(from);
    from += 2;
    if (point < 0x80) {
      store<u8>(to++, point);
      continue;
    }
    if (point >= 0xd800 && point < 0xe000) {
      const low: u32 = point < 0xdc00 && from < end ? load<u16>(from) : 0;
      if (low >= 0xdc00 && low < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        from += 2;
      } else {
        point = REPLACEMENT;
      }
    }
    to = writePoint(point, to);
  }
  return to;
}

/** Writes one code point; the position after it. */
export function writePoint(point: u32, to: usize): usize {
  if (point < 0x80) {
    store<u8>(to, point);
    return to + 1;
  }
  if (point < 0x800) {
    store<u8>(to, 0xc0 | (point >> 6));
    store<u8>(to, 0x80 | (point & 63), 1);
    return to + 2;
  }
  if (point < 0x10000) {
    store<u8>(to, 0xe0 | (point >> 12));
    store<u8>(to, 0x80 | ((point >> 6) & 63), 1);
    store<u8>(to, 0x80 | (point & 63), 2);
    return to + 3;
  }
  store<u8>(to, 0xf0 | (point >> 18));
  store<u8>(to, 0x80 | ((point >> 12) & 63), 1);
  store<u8>(to, 0x80 | ((point >> 6) & 63), 2);
  store<u8>(to, 0x80 | (point & 63), 3);
  return to + 4;
}

/** The string whose UTF-8 is at [from, end). */
export function readUtf8(from: usize, end: usize): string {
  const length = <i32>(end - from);
  if (length <= 0) return "";
  // One byte makes at most one UTF-16 unit; four bytes make two.
  const room = changetype<usize>(__new(<usize>length << 1, idof<String>()));
  const used = decodeUtf8(from, end, room) - room;
  if (used == <usize>length << 1) return changetype<string>(room);
  return changetype<string>(__renew(room, used));
}

/** Decodes [from, end) to UTF-16 at `to`; the position after it. */
export function decodeUtf8(from: usize, end: usize, to: usize): usize {
  while (from < end) {
    const lead = <u32>load<u8>(from++);
    if (lead < 0x80) {
      store<u16>(to, lead);
      to += 2;
      continue;
    }
    // The second byte's range excludes overlong forms, surrogates and points past U+10FFFF (Unicode, table 3-7).
    let low: u32 = 0x80;
    let high: u32 = 0xbf;
    let more = 0;
    let point: u32 = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1;
      point = lead & 0x1f;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      point = lead & 0x0f;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      point = lead & 0x07;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    }
    let whole = more > 0;
    while (more > 0) {
      const next: u32 = from < end ? load<u8>(from) : 0;
      if (next < low || next > high) {
        whole = false;
        break;
      }
      point = (point << 6) | (next & 63);
      low = 0x80;
      high = 0xbf;
      from++;
      more--;
    }
    if (!whole) point = REPLACEMENT;
    if (point >= 0x10000) {
      point -= 0x10000;
      store<u16>(to, 0xd800 + (point >> 10));
      store<u16>(to, 0xdc00 + (point & 0x3ff), 2);
      to += 4;
    } else {
      store<u16>(to, point);
      to += 2;
    }
  }
  return to;
}
