import { Encoder } from "cbor-x";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cbor, CborTagged, decodeCbor, encodeCbor } from "../../../runtime/platform/cbor/cbor.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");

/** Anything that encodeCbor takes. */
const values = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "grapheme" }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.oneof(fc.string(), fc.maxSafeInteger()), tie("value")), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  ),
})).value;

describe("encodeCbor", () => {
  // RFC 8949, appendix A.
  test.each<[Cbor, string]>([
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [1000, "1903e8"],
    [1_000_000, "1a000f4240"],
    [1_000_000_000_000, "1b000000e8d4a51000"],
    [-1, "20"],
    [-1000, "3903e7"],
    [1.1, "fb3ff199999999999a"],
    [false, "f4"],
    [null, "f6"],
    [bytes("01020304"), "4401020304"],
    ["ü", "62c3bc"],
    [[1, [2, 3]], "8201820203"],
    [new CborTagged(32, "x"), "d8206178"],
    [
      new Map<string, Cbor>([
        ["b", [2, 3]],
        ["a", 1],
      ]),
      "a26161016162820203",
    ],
  ])("%j", (value, expected) => {
    expect(hex(encodeCbor(value))).toBe(expected);
    expect(hex(encodeCbor(decodeCbor(bytes(expected))))).toBe(expected);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, "\ud800"])("refuses %j", (value) => {
    expect(() => encodeCbor(value)).toThrow("E_CBOR");
  });

  test("reads back what it wrote, and cbor-x reads the same", () => {
    const oracle = new Encoder({ mapsAsObjects: false, useRecords: false });
    fc.assert(
      fc.property(values, (value) => {
        const encoded = encodeCbor(value);
        expect(decodeCbor(encoded)).toEqual(value instanceof Map ? new Map(value) : value);
        expect(normal(oracle.decode(encoded))).toEqual(normal(value));
      }),
    );
  });
});

describe("decodeCbor", () => {
  test.each([
    ["nothing", ""],
    ["bytes left over", "0000"],
    ["a longer head than needed", "1817"],
    ["a longer length than needed", "5900 01ff"],
    ["an indefinite array", "9fff"],
    ["indefinite text", "7f6161ff"],
    ["a key twice", "a2 6161 01 6161 02"],
    ["keys out of order", "a2 6162 01 6161 02"],
    ["an array as key", "a1 80 00"],
    ["a float that is whole", "fb3ff0000000000000"],
    ["a float of 32 bits", "fa3fc00000"],
    ["NaN", "fb7ff8000000000000"],
    ["undefined", "f7"],
    ["an integer beyond 2^53", "1b0020000000000000"],
    ["text that is not UTF-8", "61ff"],
    ["a count that is not there", "9affffffff"],
    ["text cut short", "6261"],
    ["nested too deep", `${"81".repeat(17)}00`],
  ])("refuses %s", (_, wrong) => {
    expect(() => decodeCbor(bytes(wrong.replaceAll(" ", "")))).toThrow("E_CBOR");
  });

  test("takes one encoding of a value: whatever it reads, it writes the same", () => {
    const mutated = fc
      .tuple(values, fc.nat(), fc.nat(255))
      .map(([value, at, byte]) => encodeCbor(value).with(at % encodeCbor(value).length, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), mutated), (input) => {
        let value: Cbor;
        try {
          value = decodeCbor(input);
        } catch (error) {
          expect(error).toMatchObject({ code: "E_CBOR" });
          return;
        }
        expect(hex(encodeCbor(value))).toBe(hex(input));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Maps as sorted entries and byte arrays as hex, so that two decoders' containers compare. */
function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: hex(value) };
  if (value instanceof Map) return { map: [...value].map(([key, item]) => [normal(key), normal(item)]).sort(byText) };
  if (Array.isArray(value)) return value.map(normal);
  return typeof value === "bigint" ? Number(value) : value;
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

test("more items than any manifest has are refused before they are read", () => {
  const count = 8_000_000;
  const bytes = new Uint8Array(5 + count);
  bytes[0] = 0x9a;
  new DataView(bytes.buffer).setUint32(1, count);
  expect(() => decodeCbor(bytes)).toThrow("more than 32768 items");
  const fine = new Uint8Array(3 + 30_000);
  fine.set([0x99, 30_000 >> 8, 30_000 & 0xff]);
  expect(decodeCbor(fine)).toHaveLength(30_000);
});
