import { expect, test } from "vitest";
import { underFlagsOf } from "../../../../images/supervisor/code-caches.ts";

const MODULES = 120;

/** As Node writes a snapshot: V8's part, then each module's name and its code, with their lengths. */
function snapshot(flags: number, modules = MODULES): Buffer {
  const parts = [Buffer.from("V8's heap, in which the magic stands too: "), Buffer.from([0x89, 0x06, 0xde, 0xc0])];
  for (let i = 0; i < modules; i++) {
    const payload = Buffer.from(`code of module ${i}`);
    const code = Buffer.alloc(40);
    code.writeBigUInt64LE(BigInt(32 + payload.length), 0);
    code.set([0x89, 0x06, 0xde, 0xc0], 8);
    code.writeUInt32LE(0x1234, 12);
    code.writeUInt32LE(i, 16);
    code.writeUInt32LE(flags, 20);
    code.writeUInt32LE(payload.length, 28);
    parts.push(Buffer.from(`module ${i}`), code, payload);
  }
  return Buffer.concat(parts);
}

test("the code in a snapshot is marked as compiled under the example's flags, and nothing else of it changes", () => {
  expect(underFlagsOf(snapshot(7), snapshot(9))).toEqual(snapshot(7));
});

test("a snapshot of another form is refused", () => {
  expect(() => underFlagsOf(snapshot(7), snapshot(9, 3))).toThrow(/code of 3 modules/);
  expect(() => underFlagsOf(Buffer.from("none"), snapshot(9))).toThrow(/code of 0 modules/);
  expect(() => underFlagsOf(snapshot(7), Buffer.concat([snapshot(9), snapshot(8)]))).toThrow(/different flags/);
});
