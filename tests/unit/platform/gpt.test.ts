import { expect, test } from "vitest";
import { encodeGpt, type Gpt, parseGpt } from "../../../runtime/platform/index.ts";

const guid = (byte: number) => Uint8Array.from({ length: 16 }, () => byte);
const table: Gpt = {
  disk: guid(1),
  partitions: [
    { type: guid(2), id: guid(3), first: 2048, last: 4095, attributes: 0n, name: "boot" },
    { type: guid(4), id: guid(5), first: 4096, last: 2 ** 33, attributes: 5n, name: "daten-ä" },
  ],
};

test("a table that is written reads back as it was", () => {
  expect(parseGpt(encodeGpt(table, 2 ** 34).head)).toEqual(table);
});

test("a bit that is another is noticed, in the header and in the entries", () => {
  for (const at of [512 + 8, 512 + 60, 1024 + 40, 1024 + 200]) {
    const { head } = encodeGpt(table, 2 ** 34);
    head[at] = (head[at] as number) ^ 1;
    expect(parseGpt(head), `byte ${at}`).toBeUndefined();
  }
});

test("what is no table is none: nothing, zeros, the table's beginning alone", () => {
  expect(parseGpt(Buffer.alloc(0))).toBeUndefined();
  expect(parseGpt(Buffer.alloc(1 << 20))).toBeUndefined();
  expect(parseGpt(encodeGpt(table, 2 ** 34).head.subarray(0, 4096))).toBeUndefined();
});
