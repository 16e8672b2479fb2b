import { expect, test } from "vitest";
import { WriteMeter } from "../../../runtime/store/write-budget.ts";

const HOUR = 3_600_000;
const budget = { bytesPerDay: 24_000, windowMs: 500 };

test("a burst of an hour's share is free, what goes beyond makes commits wait for each other", () => {
  const meter = new WriteMeter(budget, 0);
  meter.wrote(1000, 0);
  expect(meter.window()).toBe(0);
  meter.wrote(1001, 0);
  expect(meter.window()).toBe(500);
});

test("time earns the budget back, but never more than the burst", () => {
  const meter = new WriteMeter(budget, 0);
  meter.wrote(3000, 0);
  meter.wrote(3000, HOUR);
  expect(meter.window()).toBe(500);
  meter.wrote(3000, 2 * HOUR);
  expect(meter.window()).toBe(0);
  meter.wrote(3000, 100 * HOUR);
  meter.wrote(4001, 100 * HOUR);
  expect(meter.window()).toBe(500);
});
