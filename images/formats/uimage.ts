import { crc32 } from "node:zlib";

const HEADER = 64;
const MAGIC = 0x27051956;
/** Linux, 64-bit Arm, script, not compressed [U-Boot, include/image.h]. */
const KIND = [5, 22, 6, 0];

/**
 * A script as U-Boot's `source` reads it: what `mkimage -T script` makes. Numbers are big endian.
 *
 *     magic 4 | CRC of the header 4 | time 4 | size 4 | load 4 | entry 4 | CRC of the data 4 | kind 4 | name 32
 *     size of the script 4 | 0 4 | script
 */
export function uBootImage(script: string, time: number): Uint8Array {
  const text = Buffer.from(script);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(text.length, 0);
  const data = Buffer.concat([lengths, text]);
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt32BE(time, 8);
  header.writeUInt32BE(data.length, 12);
  header.writeUInt32BE(crc32(data), 24);
  header.set(KIND, 28);
  header.write("steppps", 32, "latin1");
  header.writeUInt32BE(crc32(header), 4);
  return Buffer.concat([header, data]);
}
