import fc from "fast-check";
import { expect, test } from "vitest";
import { createNextDue } from "../../../runtime/time/index.ts";

test("a period is due at its next multiple, always later than asked", () => {
  const nextDue = createNextDue("UTC");
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 31_536_000_000 }), fc.integer({ min: 0, max: 4_000_000_000_000 }), (period, after) => {
      const due = nextDue({ kind: "every", period, method: "m" }, after) as number;
      expect(due).toBeGreaterThan(after);
      expect(due - after).toBeLessThanOrEqual(period);
      expect(due % period).toBe(0);
    }),
  );
});

test("cron times are those of the place, over the hours that daylight saving skips and repeats", () => {
  const cron = (expression: string) => ({ kind: "cron", expression, method: "m" }) as const;
  const next = createNextDue("Europe/Berlin");
  const at = (iso: string) => Date.parse(iso);
  expect(next(cron("30 7 * * *"), at("2026-01-10T00:00:00Z"))).toBe(at("2026-01-10T06:30:00Z"));
  expect(next(cron("30 7 * * *"), at("2026-07-10T00:00:00Z"))).toBe(at("2026-07-10T05:30:00Z"));
  const skipped = next(cron("30 2 * * *"), at("2026-03-29T00:00:00Z")) as number;
  expect(new Date(skipped).toISOString().slice(0, 10)).toBe("2026-03-29");
  const first = next(cron("30 2 * * *"), at("2026-10-24T23:00:00Z")) as number;
  expect(next(cron("30 2 * * *"), first)).toBeGreaterThan(first + 3_600_000);
  expect(next(cron("0 0 30 2 *"), at("2026-01-01T00:00:00Z"))).toBeUndefined();
});
