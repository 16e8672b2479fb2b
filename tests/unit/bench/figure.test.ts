import { describe, expect, test } from "vitest";
import { judge, unmeasured } from "../../bench/figure.ts";

describe("judge", () => {
  test.each([
    ["<= 3", 3, true],
    ["<= 3", 3.01, false],
    [">= 1.3", 1.3, true],
    [">= 1.3", 1.2, false],
  ] as const)("%s with %d", (bound, value, holds) => {
    expect(judge({ name: "x", unit: "ms", bound }, value).holds).toBe(holds);
  });

  test("what has no bound neither holds nor falls short", () => {
    expect(judge({ name: "x", unit: "ms", bound: null }, 7)).toEqual({
      name: "x",
      unit: "ms",
      bound: null,
      value: 7,
      holds: null,
    });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("%d was not measured", (value) => {
    expect(judge({ name: "x", unit: "ms", bound: "<= 3" }, value)).toMatchObject({ value: null, holds: false });
  });

  test("what could not be measured does not hold", () => {
    expect(unmeasured({ name: "x", unit: "ms", bound: null }, "no such program")).toMatchObject({
      holds: false,
      reason: "no such program",
    });
  });
});
