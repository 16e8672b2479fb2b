import { Buffer } from "../buffer";
import { findMember } from "./find";
import { skipSpace, skipValue } from "./scan";
import { writeString } from "./write";
import { writeValue } from "./writer";

/** Copies the JSON object [from, end) to `to` with member `key` set to `value`; false when there is no object. */
export function jsonSet<T>(from: usize, end: usize, key: string, value: T, to: Buffer): bool {
  to.clear();
  const start = skipSpace(from, end);
  if (start >= end || load<u8>(start) != 0x7b) return false;
  const old = findMember(start, end, key);
  if (old != 0) {
    const after = skipValue(old, end);
    if (after == 0) return false;
    to.append(from, <i32>(old - from));
    writeValue<T>(to, value);
    to.append(after, <i32>(end - after));
    return true;
  }
  const close = skipValue(start, end);
  if (close == 0) return false;
  const last = close - 1;
  to.append(from, <i32>(last - from));
  if (load<u8>(skipSpace(start + 1, end)) != 0x7d) to.byte(0x2c);
  writeString(to, key);
  to.byte(0x3a);
  writeValue<T>(to, value);
  to.append(last, <i32>(end - last));
  return true;
}
