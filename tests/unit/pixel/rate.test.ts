import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { perSecond, ratesBetween } from "../../../runtime/pixel/figures/rate.ts";
import { samplePlugin, sampleStatus } from "../../support/sample-view.ts";

const reading = (at: number, messagesIn: number, handled: Record<string, number> = {}, startedAt = 1) => ({
  at,
  status: {
    ...sampleStatus(),
    startedAt,
    counts: { messagesIn, messagesOut: messagesIn / 2, dropped: 0, deadLetters: 0 },
    plugins: Object.entries(handled).map(([name, count]) => samplePlugin(name, { handled: count })),
  },
});

describe("rates between two readings", () => {
  test("are per second, whatever the time between", () => {
    const rates = ratesBetween(reading(1_000, 100, { a: 10 }), reading(3_000, 300, { a: 15 }));
    expect(rates).toEqual({ messagesIn: 100, messagesOut: 50, handled: new Map([["a", 2.5]]) });
  });

  test("are zero for the first reading, and for a plugin that is new", () => {
    expect(ratesBetween(undefined, reading(0, 1_000, { a: 5 }))).toEqual({
      messagesIn: 0,
      messagesOut: 0,
      handled: new Map([["a", 0]]),
    });
    expect(ratesBetween(reading(0, 0), reading(1_000, 0, { a: 5 })).handled.get("a")).toBe(0);
  });

  test("are zero across a restart, which sets counters back", () => {
    expect(ratesBetween(reading(0, 10, { a: 1 }, 1), reading(1_000, 900, { a: 90 }, 2)).messagesIn).toBe(0);
  });

  test("are never negative or endless", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer(), (from, to, millis) => {
        const rate = perSecond(from, to, millis);
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(rate)).toBe(true);
      }),
    );
  });
});
