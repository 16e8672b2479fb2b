import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { averageFor, cut, LARGEST_AVERAGE, sizesFor } from "../../../runtime/transfer/cut.ts";

const SIZES = sizesFor(1024);

/** As many bytes as one asks for, and the same for the same seed. */
function noise(length: number, seed: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash("sha256").update(`${seed}/${i}`).digest());
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
}

function chunks(bytes: Uint8Array): string[] {
  let at = 0;
  return cut(bytes, SIZES).map((length) => {
    at += length;
    return Buffer.from(bytes.subarray(at - length, at)).toString("base64");
  });
}

const blob = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.nat()).map(([length, seed]) => noise(length, seed)),
  fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.nat(255)).map(([length, byte]) => new Uint8Array(length).fill(byte)),
);

test("the chunks are the whole, and each within its bounds", () => {
  fc.assert(
    fc.property(blob, fc.constantFrom(1024, 2048, 4096), (bytes, average) => {
      const sizes = sizesFor(average);
      const lengths = cut(bytes, sizes);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(bytes.length);
      for (const [i, length] of lengths.entries()) {
        expect(length).toBeGreaterThan(0);
        expect(length).toBeLessThanOrEqual(sizes.maximum);
        if (i < lengths.length - 1) expect(length).toBeGreaterThan(sizes.minimum);
      }
    }),
    { numRuns: 300 },
  );
});

test("an insertion, a deletion or a change touches few chunks", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(40),
      fc.uint8Array({ maxLength: 40 }),
      (seed, where, gone, come) => {
        const before = noise(64_000, seed);
        const at = Math.floor(where * before.length);
        const after = Buffer.concat([before.subarray(0, at), come, before.subarray(at + gone)]);
        const known = new Set(chunks(before));
        const fresh = chunks(after).filter((chunk) => !known.has(chunk));
        // The touched one, and until both are cut at the same place again: that is soon, but nothing bounds it.
        expect(fresh.length).toBeLessThanOrEqual(12);
      },
    ),
    { numRuns: 300 },
  );
});

test("lengths are near the average", () => {
  const lengths = cut(randomBytes(1024 * 1024), SIZES);
  expect(lengths.length).toBeGreaterThan(700);
  expect(lengths.length).toBeLessThan(1400);
});

test("larger artefacts are cut into larger chunks, so that their number stays", () => {
  expect([1, 20_000, 1024 * 1024].map(averageFor)).toEqual([1024, 1024, 1024]);
  expect([1024 * 1024 + 1, 8 * 1024 * 1024].map(averageFor)).toEqual([2048, 8192]);
  expect(averageFor(2 ** 40)).toBe(LARGEST_AVERAGE);
});

test("the cuts are the same for ever: a device and a sender of different ages have to cut alike", () => {
  const lengths = cut(noise(20_000, 1), SIZES);
  expect(createHash("sha256").update(JSON.stringify(lengths)).digest("hex").slice(0, 16)).toMatchInlineSnapshot(
    `"e50e5dc74eddfbda"`,
  );
});
