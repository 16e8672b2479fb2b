import { Encoder } from "cbor-x";
import { beforeAll, expect, test } from "vitest";
import { loadProbe, type Probe } from "./probe.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await loadProbe();
});

const read = (payload: string | Uint8Array): unknown => JSON.parse(probe.text("senml", payload));

// RFC 8428, section 5.1.2 and 5.1.3.
const PACK = [
  { bn: "urn:dev:ow:10e2073a0108006:", bt: 1276020076.001, bu: "A", bver: 5, n: "voltage", u: "V", v: 120.1 },
  { n: "current", t: -5, v: 1.2 },
  { n: "current", t: -4, v: 1.3 },
];
const RESOLVED = [
  { n: "urn:dev:ow:10e2073a0108006:voltage", u: "V", t: 1276020076001, v: 120.1 },
  { n: "urn:dev:ow:10e2073a0108006:current", u: "A", t: 1276020071001, v: 1.2 },
  { n: "urn:dev:ow:10e2073a0108006:current", u: "A", t: 1276020072001, v: 1.3 },
];

test("base values are worked into every record", () => {
  expect(read(JSON.stringify(PACK))).toEqual(RESOLVED);
});

test("CBOR packs have numbers for labels", () => {
  const label: Record<string, number> = { bn: -2, bt: -3, bu: -4, bver: -1, n: 0, u: 1, v: 2, t: 6 };
  const maps = PACK.map((record) => new Map(Object.entries(record).map(([key, value]) => [label[key], value])));
  expect(read(new Encoder({ mapsAsObjects: false, useRecords: false }).encode(maps))).toEqual(RESOLVED);
});

test("text, flags, base value, and times relative to now", () => {
  expect(read('[{"n":"a","vs":"x"},{"n":"b","vb":true},{"bv":10,"n":"c","v":2,"t":-1.5}]')).toEqual([
    { n: "a", u: "", t: 0, vs: "x" },
    { n: "b", u: "", t: 0, vb: true },
    { n: "c", u: "", t: -1500, v: 12 },
  ]);
});

test("what is no pack has no records", () => {
  for (const payload of ["", "{}", "7", "[]", '"x"', "[", Uint8Array.of(0x80), Uint8Array.of(0xff), Uint8Array.of(0x9f)])
    expect(read(payload)).toEqual([]);
});

test("a pack is written with its base in the first record", () => {
  expect(JSON.parse(probe.text("senml-write", ""))).toEqual([
    { bn: "urn:dev:ow:10e2073a01080063:", bt: 0, n: "t", u: "Cel", v: 21.5 },
    { n: "open", vb: true },
    { n: "label", vs: "ü" },
  ]);
});
