import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { Slot } from "../../../runtime/contract/index.ts";
import { entered, START_COUNTS_AT, type StartCounts, startCountsOf } from "./start-counts.ts";

const HASHES: Readonly<Record<Slot, string>> = { a: "a".repeat(64), b: "b".repeat(64) };
const hashOf = (slot: Slot) => HASHES[slot];
const count = (letter: string, silent: number, givenUp = 0) => ({ silent, givenUp, root: letter.repeat(16) });

function sector(silent: number): Buffer {
  const start = Buffer.alloc(START_COUNTS_AT + 512);
  const record = start.subarray(START_COUNTS_AT);
  record.write("STEPBOOT");
  record.writeUInt32LE(silent, 8);
  record.write("a".repeat(16), 16);
  record.writeUInt32LE(2, 36);
  record.write("b".repeat(16), 40);
  record.writeUInt32LE(crc32(record.subarray(0, 508)), 508);
  return start;
}

test("reads what PID 1 writes, nothing where it wrote nothing, and refuses what is damaged", () => {
  expect(startCountsOf(sector(3))).toEqual({ a: count("a", 3), b: count("b", 0, 2) });
  expect(startCountsOf(Buffer.alloc(START_COUNTS_AT + 512))).toBeUndefined();
  const damaged = sector(3);
  damaged.writeUInt8(7, START_COUNTS_AT + 200);
  expect(() => startCountsOf(damaged)).toThrow(/is damaged/);
});

test("goes where the boot loader says, until that failed too often and the other did not", () => {
  const slots: Slot[] = [];
  let counts: StartCounts | undefined;
  for (let i = 0; i < 12; i++) {
    const next = entered(counts, "b", hashOf);
    slots.push(next.slot);
    counts = next.counts;
  }
  expect(slots.join("")).toBe("bbbbbaaaaabb");
});

test("stays where the other slot isn't whole, and counts a new version anew", () => {
  const bad: StartCounts = { a: count("a", 0), b: count("b", 5) };
  const alone = entered(bad, "b", (slot) => (slot === "b" ? HASHES.b : undefined));
  expect(alone).toEqual({ slot: "b", counts: { a: count("a", 0), b: count("b", 1) } });
  const updated = entered(bad, "b", (slot) => (slot === "b" ? "c".repeat(64) : HASHES.a));
  expect(updated).toEqual({ slot: "b", counts: { a: count("a", 0), b: count("c", 1) } });
});
