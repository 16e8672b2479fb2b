import { Buffer } from "../buffer";

/** Major types of RFC 8949, section 3.1. */
export const UNSIGNED: u32 = 0;
export const NEGATIVE: u32 = 1;
export const BYTES: u32 = 2;
export const TEXT: u32 = 3;
export const ARRAY: u32 = 4;
export const MAP: u32 = 5;
export const TAG: u32 = 6;
export const SIMPLE: u32 = 7;

/** Appends an item's head with its argument in the fewest bytes (section 4.2.1). */
export function writeHead(to: Buffer, major: u32, argument: u64): void {
  const out = to.reserve(9);
  const top = major << 5;
  let size = 0;
  if (argument < 24) {
    store<u8>(out, top | <u32>argument);
  } else if (argument <= 0xff) {
    store<u8>(out, top | 24);
    store<u8>(out, argument, 1);
    size = 1;
  } else if (argument <= 0xffff) {
    store<u8>(out, top | 25);
    store<u16>(out, bswap<u16>(<u16>argument), 1);
    size = 2;
  } else if (argument <= 0xffffffff) {
    store<u8>(out, top | 26);
    store<u32>(out, bswap<u32>(<u32>argument), 1);
    size = 4;
  } else {
    store<u8>(out, top | 27);
    store<u64>(out, bswap<u64>(argument), 1);
    size = 8;
  }
  to.length += 1 + size;
}

/** Bytes of the head whose first byte is `lead`; 0 for the reserved ones. An indefinite length has the head alone. */
// @ts-ignore: decorator
@inline
export function headSize(lead: u32): i32 {
  const info = lead & 31;
  if (info < 24 || info == 31) return 1;
  return info < 28 ? 1 + (1 << (info - 24)) : 0;
}

/** The argument of the head at `at`, which is there whole. */
export function headArgument(at: usize): u64 {
  const info = <u32>load<u8>(at) & 31;
  if (info < 24) return info;
  if (info == 24) return load<u8>(at, 1);
  if (info == 25) return bswap<u16>(load<u16>(at, 1));
  if (info == 26) return bswap<u32>(load<u32>(at, 1));
  return bswap<u64>(load<u64>(at, 1));
}
