import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { uBootImage } from "../../../../images/formats/uimage.ts";

test("a script has the header that U-Boot checks before it runs it", () => {
  const script = "echo hello\n";
  const image = Buffer.from(uBootImage(script, 1_700_000_000));
  const header = Buffer.from(image.subarray(0, 64));
  expect(header.readUInt32BE(0)).toBe(0x27051956);
  expect(header.readUInt32BE(8)).toBe(1_700_000_000);
  expect(header.readUInt32BE(12)).toBe(image.length - 64);
  expect(header.readUInt32BE(24)).toBe(crc32(image.subarray(64)));
  expect([...header.subarray(28, 32)]).toEqual([5, 22, 6, 0]); // Linux, arm64, script, not compressed
  const sum = header.readUInt32BE(4);
  header.writeUInt32BE(0, 4);
  expect(crc32(header)).toBe(sum);
  // A script is a list of one: its length, and the zero that ends the list.
  expect(image.readUInt32BE(64)).toBe(script.length);
  expect(image.readUInt32BE(68)).toBe(0);
  expect(image.toString("latin1", 72)).toBe(script);
});
