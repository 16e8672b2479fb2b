import { encode } from "cbor-x";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCbor, toPlain } from "../../../runtime/platform/index.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

test("takes what another encoder writes", () => {
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: "grapheme" }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("value"), { maxKeys: 4 }),
    ),
  })).value;
  fc.assert(
    fc.property(value, (one) => {
      expect(toPlain(decodeCbor(new Uint8Array(encode(one)), "any"))).toEqual(one);
    }),
  );
});

test.each([
  ["a longer head", "1817", 23],
  ["a float of 32 bits", "fa3fc00000", 1.5],
  ["a float that is whole", "fb3ff0000000000000", 1],
  ["keys out of order", "a2 6162 01 6161 02", { a: 2, b: 1 }],
])("takes %s", (_, text, value) => {
  expect(toPlain(decodeCbor(hex(text), "any"))).toEqual(value);
});

test.each([
  ["a key twice", "a2 6161 01 6161 02"],
  ["NaN", "fa7fc00000"],
  ["an indefinite array", "9fff"],
  ["bytes left over", "0000"],
  ["nested too deep", `${"81".repeat(17)}00`],
])("refuses %s all the same", (_, text) => {
  expect(() => decodeCbor(hex(text), "any")).toThrow("E_CBOR");
});
