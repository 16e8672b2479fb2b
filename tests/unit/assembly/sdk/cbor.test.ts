import { decode, Encoder } from "cbor-x";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { loadProbe, type Probe } from "./probe.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await loadProbe();
});

const peer = new Encoder({ useRecords: false, mapsAsObjects: true, variableMapSize: true, tagUint8Array: false });
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 30 }),
    fc.array(tie("any"), { maxLength: 5 }),
    fc.dictionary(
      fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
      tie("any"),
      { maxKeys: 5 },
    ),
  ),
})).any;

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

test("what another implementation wrote is read and written again", () => {
  fc.assert(
    fc.property(value, (one) => {
      const bytes = peer.encode(one);
      expect(decode(Buffer.from(probe.bytes("cbor", bytes)))).toEqual(decode(bytes));
      expect(probe.text("cbor-valid", bytes)).toBe("yes");
    }),
    { numRuns: 1000 },
  );
});

// RFC 8949, appendix A.
test.each([
  ["00", 0],
  ["17", 23],
  ["1818", 24],
  ["1903e8", 1000],
  ["1a000f4240", 1000000],
  ["1b000000e8d4a51000", 1000000000000],
  ["20", -1],
  ["3863", -100],
  ["f90000", 0],
  ["f98000", -0],
  ["f93c00", 1],
  ["fb3ff199999999999a", 1.1],
  ["f93e00", 1.5],
  ["f97bff", 65504],
  ["fa47c35000", 100000],
  ["fa7f7fffff", 3.4028234663852886e38],
  ["fb7e37e43c8800759c", 1e300],
  ["f90001", 2 ** -24],
  ["f90400", 0.00006103515625],
  ["f9c400", -4],
  ["fbc010666666666666", -4.1],
  ["f97c00", Number.POSITIVE_INFINITY],
  ["f97e00", Number.NaN],
  ["f9fc00", Number.NEGATIVE_INFINITY],
  ["c11a514b67b0", 1363896240],
])("%s is %d", (bytes, expected) => {
  expect(probe.number("cbor-number", hex(bytes))).toBe(expected);
});

test.each([
  "f90000",
  "f98000",
  "f93c00",
  "f93e00",
  "f97bff",
  "f90001",
  "f90400",
  "f9c400",
  "f97c00",
  "f97e00",
  "f9fc00",
  "fa47c35000",
  "fb3ff199999999999a",
])("%s is its own shortest form", (bytes) => {
  expect(Buffer.from(probe.bytes("cbor", hex(bytes))).toString("hex")).toBe(bytes);
});

test("doubles take the fewest bytes that hold them", () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.float(), fc.integer({ min: 0, max: 0xffff }).map(halfOf)), (number) => {
      const bytes = new Uint8Array(9);
      bytes[0] = 0xfb;
      new DataView(bytes.buffer).setFloat64(1, number);
      const short = probe.bytes("cbor", bytes);
      expect(decode(Buffer.from(short))).toBe(number);
      const size = Number.isNaN(number) || fitsHalf(number) ? 3 : Math.fround(number) === number ? 5 : 9;
      expect(short.length).toBe(size);
    }),
    { numRuns: 3000 },
  );
});

test("indefinite lengths and tags are read", () => {
  expect(decode(Buffer.from(probe.bytes("cbor", hex("9f018202039f0405ffff"))))).toEqual([1, [2, 3], [4, 5]]);
  expect(decode(Buffer.from(probe.bytes("cbor", hex("bf61610161629f0203ffff"))))).toEqual({ a: 1, b: [2, 3] });
  expect(decode(Buffer.from(probe.bytes("cbor", hex("7f657374726561646d696e67ff"))))).toBe("streaming");
  expect(decode(Buffer.from(probe.bytes("cbor", hex("c074323031332d30332d32315432303a30343a30305a"))))).toBe(
    "2013-03-21T20:04:00Z",
  );
});

test("nothing traps on any bytes", () => {
  fc.assert(
    fc.property(fc.constantFrom("cbor", "cbor-valid", "cbor-number"), fc.uint8Array({ maxLength: 40 }), (topic, bytes) => {
      probe.bytes(topic, bytes);
    }),
    { numRuns: 6000 },
  );
  for (const bytes of [
    "9b7fffffffffffffff",
    "bbffffffffffffffff",
    "5bffffffffffffffff",
    "ff",
    "1c",
    "9f",
    "7f61",
    "81".repeat(200),
  ]) {
    expect(probe.text("cbor-valid", hex(bytes))).toBe("no");
  }
});

function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function fitsHalf(number: number): boolean {
  if (!Number.isFinite(number) || number === 0) return true;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(number))), -14);
  return Math.abs(number) <= 65504 && Number.isInteger(number / 2 ** (exponent - 10));
}
