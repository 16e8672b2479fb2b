import { memberValue, nextMember, skipSpace, skipValue } from "./scan";
import { readString } from "./text";

/** Start of the value of member `key` of the object at `at`; 0 when it is no object or has no such member. The first one counts. */
export function findMember(at: usize, end: usize, key: string): usize {
  at = skipSpace(at, end);
  if (at >= end || load<u8>(at) != 0x7b) return 0;
  at = skipSpace(at + 1, end);
  while (at != 0 && at < end) {
    const value = memberValue(at, end);
    if (value == 0) return 0;
    if (keyIs(at + 1, end, key)) return value;
    at = skipValue(value, end);
    if (at == 0) return 0;
    at = nextMember(at, end);
  }
  return 0;
}

/** Whether the string that begins at `at` (behind its opening quote) is `key`. */
function keyIs(at: usize, end: usize, key: string): bool {
  const from = at;
  let unit = changetype<usize>(key);
  const last = unit + (<usize>key.length << 1);
  while (unit < last) {
    if (at >= end) return false;
    const byte: u32 = load<u8>(at++);
    // Escapes and letters beyond ASCII are rare in keys: compare those as strings.
    if (byte == 0x5c || byte >= 0x80) return readString(from - 1, end) == key;
    if (byte != <u32>load<u16>(unit)) return false;
    unit += 2;
  }
  return at < end && load<u8>(at) == 0x22;
}
