import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena } from "../../../runtime/inference/native/arena.ts";

const FROM = 64;
const TO = 64 + 4096;

test("what is taken never overlaps, lies where it may, and all of it is there again when it was given back", () => {
  const steps = fc.array(fc.oneof(fc.nat({ max: 1500 }), fc.constant("give" as const)), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat()), (all, choices) => {
      const arena = new Arena(FROM, TO);
      const taken: { at: number; size: number }[] = [];
      for (const step of all) {
        if (step === "give") {
          const [gone] = taken.splice((choices.next().value as number) % Math.max(1, taken.length), 1);
          if (gone) arena.give(gone.at);
          continue;
        }
        const at = arena.take(step);
        if (at === undefined) continue;
        expect(at % 64).toBe(0);
        expect(at).toBeGreaterThanOrEqual(FROM);
        expect(at + step).toBeLessThanOrEqual(TO);
        for (const other of taken) expect(at + step <= other.at || other.at + other.size <= at).toBe(true);
        taken.push({ at, size: Math.max(step, 1) });
      }
      for (const { at } of taken) arena.give(at);
      expect(arena.take(arena.capacity)).toBe(FROM);
    }),
  );
});

test("giving back what was not taken changes nothing, and a reset gives everything back", () => {
  const arena = new Arena(FROM, TO);
  const at = arena.take(100) as number;
  arena.give(at + 64);
  arena.give(at);
  arena.give(at);
  expect(arena.take(arena.capacity)).toBe(FROM);
  expect(arena.take(1)).toBeUndefined();
  arena.reset();
  expect(arena.take(1)).toBe(FROM);
});
