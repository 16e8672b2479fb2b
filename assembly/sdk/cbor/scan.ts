import { ARRAY, BYTES, MAP, TAG, TEXT, headArgument, headSize } from "./head";

/** Deepest nesting that is walked over. */
const MAX_DEPTH = 64;
const BREAK: u32 = 0xff;

/** Over one item, tags and all; the position after it, or 0 when it is cut short, malformed or too deep. */
export function skipItem(at: usize, end: usize, depth: i32 = 0): usize {
  if (at >= end || depth > MAX_DEPTH) return 0;
  const lead: u32 = load<u8>(at);
  const size = headSize(lead);
  if (size == 0 || <usize>size > end - at) return 0;
  const major = lead >> 5;
  if ((lead & 31) == 31) return skipIndefinite(at + 1, end, major, depth);
  const argument = headArgument(at);
  at += size;
  if (major == BYTES || major == TEXT) return argument > <u64>(end - at) ? 0 : at + <usize>argument;
  if (major == TAG) return skipItem(at, end, depth + 1);
  if (major != ARRAY && major != MAP) return at;
  // Each item takes a byte at least, so that a huge count ends at the end of the bytes.
  let items = argument;
  if (major == MAP) {
    if (items > 0x7fffffff) return 0;
    items <<= 1;
  }
  if (items > <u64>(end - at)) return 0;
  for (; items > 0; items--) {
    at = skipItem(at, end, depth + 1);
    if (at == 0) return 0;
  }
  return at;
}

/** Items up to the break (RFC 8949, section 3.2). */
function skipIndefinite(at: usize, end: usize, major: u32, depth: i32): usize {
  if (major != BYTES && major != TEXT && major != ARRAY && major != MAP) return 0;
  let items = 0;
  while (at < end) {
    if (load<u8>(at) == BREAK) return major == MAP && items & 1 ? 0 : at + 1;
    // The pieces of a string are strings of the same kind with a length.
    if (major <= TEXT && (<u32>load<u8>(at) >> 5 != major || (load<u8>(at) & 31) == 31)) return 0;
    at = skipItem(at, end, depth + 1);
    if (at == 0) return 0;
    items++;
  }
  return 0;
}

/** Over the tags at `at`. */
export function skipTags(at: usize, end: usize): usize {
  while (at < end && <u32>load<u8>(at) >> 5 == TAG) {
    const size = headSize(load<u8>(at));
    if (size == 0 || <usize>size > end - at) return 0;
    at += size;
  }
  return at < end ? at : 0;
}
