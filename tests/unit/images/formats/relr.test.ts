import fc from "fast-check";
import { expect, test } from "vitest";
import { packRelocations } from "../../../../images/formats/relr.ts";

const [RELATIVE, OTHER] = [8, 6]; // R_X86_64_RELATIVE, R_X86_64_GLOB_DAT
const DYNAMIC_AT = 176;
const ENTRIES = 12;
const TABLE_AT = DYNAMIC_AT + ENTRIES * 16;
/** Addresses are not offsets: all of it is loaded so far from zero. */
const BASE = 0x10000;

interface Relocation {
  readonly place: number;
  readonly kind: number;
  readonly addend: bigint;
}

/** A program of one segment for x86_64: header, two rows about segments, what it is made of, its relocations, and its data. */
function program(relocations: readonly Relocation[], dataBytes: number, free = 5): Buffer {
  const dataAt = TABLE_AT + relocations.length * 24;
  const file = Buffer.alloc(dataAt + dataBytes);
  const put = (at: number, ...values: number[]) =>
    values.forEach((value, i) => void file.writeBigUInt64LE(BigInt(value), at + i * 8));
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  file.writeUInt16LE(62, 18);
  put(32, 64);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  file.writeUInt32LE(1, 64);
  put(72, 0, BASE, BASE, file.length, file.length, 4096);
  file.writeUInt32LE(2, 120);
  put(128, DYNAMIC_AT, BASE + DYNAMIC_AT, BASE + DYNAMIC_AT, ENTRIES * 16, ENTRIES * 16, 8);
  const entries = [
    [7, BASE + TABLE_AT],
    [8, relocations.length * 24],
    [9, 24],
    [0x6ffffff9, relocations.filter(({ kind }) => kind === RELATIVE).length],
  ];
  while (entries.length < ENTRIES - free) entries.push([1, 0]);
  for (const [i, [tag = 0, value = 0]] of entries.entries()) put(DYNAMIC_AT + i * 16, tag, value);
  for (const [i, { place, kind, addend }] of relocations.entries()) {
    put(TABLE_AT + i * 24, BASE + dataAt + place, kind);
    file.writeBigInt64LE(addend, TABLE_AT + i * 24 + 16);
  }
  return file;
}

const entry = (file: Buffer, tag: number) => {
  for (let at = DYNAMIC_AT; at < TABLE_AT; at += 16)
    if (file.readBigUInt64LE(at) === BigInt(tag)) return Number(file.readBigUInt64LE(at + 8));
  return undefined;
};

/** As the generic ABI has it: what every word says, one after the other. */
function places(file: Buffer): number[] {
  const [address = 0, size = 0] = [entry(file, 36), entry(file, 35)];
  const found: number[] = [];
  let next = 0;
  for (let at = address - BASE; at < address - BASE + size; at += 8) {
    const word = file.readBigUInt64LE(at);
    if ((word & 1n) === 0n) {
      found.push(Number(word));
      next = Number(word) + 8;
      continue;
    }
    for (let bit = 1; bit < 64; bit++) if ((word >> BigInt(bit)) & 1n) found.push(next + (bit - 1) * 8);
    next += 63 * 8;
  }
  return found;
}

test("every place is in the map with its addend, and what is no address of the program's own stays in the list", () => {
  const relocation = fc.record({
    word: fc.nat(2000),
    odd: fc.boolean(),
    kind: fc.constantFrom(RELATIVE, RELATIVE, RELATIVE, OTHER),
    addend: fc.bigInt(-(2n ** 40n), 2n ** 40n),
  });
  fc.assert(
    fc.property(fc.uniqueArray(relocation, { selector: ({ word }) => word, minLength: 40, maxLength: 400 }), (drawn) => {
      const all = drawn.map(({ word, odd, kind, addend }, i) => {
        const place = word * 8 + (i > 30 && odd ? 4 : 0);
        return { place, kind: i === 0 ? RELATIVE : kind, addend };
      });
      const dataAt = TABLE_AT + all.length * 24;
      const base = BASE + dataAt + (-dataAt & 7);
      expect(base).toBe(BASE + dataAt);
      const file = program(all, 2001 * 8 + 8);
      const moved = all.filter(({ place, kind }) => kind === RELATIVE && place % 8 === 0);
      const packed = packRelocations(file);
      expect(places(packed)).toEqual(moved.map(({ place }) => base + place).sort((a, b) => a - b));
      for (const { place, addend } of moved) expect(packed.readBigInt64LE(dataAt + place)).toBe(addend);
      const kept = all.filter((one) => !moved.includes(one));
      expect(entry(packed, 8)).toBe(kept.length * 24);
      for (const [i, { place, kind, addend }] of kept.entries()) {
        expect(packed.readBigUInt64LE(TABLE_AT + i * 24)).toBe(BigInt(base + place));
        expect(packed.readBigUInt64LE(TABLE_AT + i * 24 + 8)).toBe(BigInt(kind));
        expect(packed.readBigInt64LE(TABLE_AT + i * 24 + 16)).toBe(addend);
      }
      expect(packed.readBigUInt64LE(TABLE_AT - 16)).toBe(0n);
    }),
  );
});

test("a program that has no room or nothing to pack is refused", () => {
  const one = { place: 0, kind: RELATIVE, addend: 1n };
  const many = Array.from({ length: 9 }, (_, i) => ({ ...one, place: i * 8 }));
  expect(() => packRelocations(program(many, 128))).not.toThrow();
  expect(() => packRelocations(program(many, 128, 3))).toThrow("full");
  expect(() => packRelocations(program([{ ...one, kind: OTHER }], 128))).toThrow("no relocations");
  expect(() => packRelocations(Buffer.from("#!/bin/sh\n"))).toThrow("no program");
});
