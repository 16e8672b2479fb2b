import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../kill-loop/random.ts";
import { boundaryCuts, randomCuts } from "./cuts.ts";
import type { CardEvent } from "./history.ts";

const write = (length = 4096, lasting = false): CardEvent => ({ kind: "write", offset: 0, bytes: Buffer.alloc(length), lasting });
const flush: CardEvent = { kind: "flush" };
const loader: CardEvent = { kind: "loader", writes: [] };

const EVENTS = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ length: fc.integer({ min: 1, max: 32 }), lasting: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  { minLength: 1, maxLength: 60 },
);

test("a boundary is after each event that makes what was written last", () => {
  const cuts = boundaryCuts([write(), write(), flush, flush, write(), loader, write()]);
  expect(cuts.map(({ whole, at }) => [whole, at])).toEqual([
    [3, 3],
    [6, 6],
  ]);
});

test("nothing is lost that lasts, and nothing is there that was not written by then", () => {
  fc.assert(
    fc.property(EVENTS, fc.integer({ min: 0, max: 2 ** 31 }), (list, seed) => {
      const events = list.map((each) => (each ? write(each.length * 512, each.lasting) : flush));
      if (!events.some(({ kind }) => kind === "write")) return;
      for (const { whole, at, kept } of randomCuts(events, 20, createRandom(seed), () => 4096)) {
        expect(whole).toBeLessThan(at);
        expect(at).toBeLessThanOrEqual(events.length);
        expect(whole === 0 || events[whole - 1]?.kind === "flush").toBe(true);
        expect(events.slice(whole, at).some(({ kind }) => kind === "flush")).toBe(false);
        const lasting = events.flatMap((event, i) =>
          i >= whole && i < at && event.kind === "write" && event.lasting ? [i] : [],
        );
        expect(kept.filter(({ pieces }) => !pieces).map(({ event }) => event)).toEqual(expect.arrayContaining(lasting));
        for (const { event, pieces } of kept) {
          expect(event).toBeGreaterThanOrEqual(whole);
          expect(event).toBeLessThan(at);
          const { bytes } = events[event] as { bytes: Buffer };
          for (const piece of pieces ?? []) expect(piece * 4096).toBeLessThan(bytes.length);
        }
      }
    }),
  );
});

test("random cuts lose some, all and nothing, and tear writes", () => {
  const events = Array.from({ length: 40 }, (_, i) => (i % 10 === 9 ? flush : write(16_384)));
  const cuts = randomCuts(events, 300, createRandom(1), () => 4096);
  const share = cuts.map(({ whole, at, kept }) => kept.length / (at - whole));
  expect(share.some((part) => part === 0)).toBe(true);
  expect(share.some((part) => part === 1)).toBe(true);
  expect(share.some((part) => part > 0.3 && part < 0.7)).toBe(true);
  expect(cuts.some(({ kept }) => kept.some(({ pieces }) => pieces))).toBe(true);
});
