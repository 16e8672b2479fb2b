import { expect, test } from "vitest";
import { Waste } from "../../../runtime/transfer/waste.ts";

test("what was written for nothing is forgotten evenly over a day, whatever way the clock is set", () => {
  const waste = new Waste(1000);
  expect(waste.tooMuch(0)).toBe(false);
  waste.add(999, 0);
  expect(waste.tooMuch(0)).toBe(false);
  waste.add(501, 0);
  expect(waste.tooMuch(43_200_000 - 1)).toBe(true);
  expect(waste.tooMuch(-86_400_000)).toBe(true);
  expect(waste.tooMuch(43_200_000 + 100_000)).toBe(false);
  waste.add(1000, 86_400_000);
  expect(waste.tooMuch(86_400_000)).toBe(true);
});
