import { expect, test } from "vitest";
import { Results } from "../../bench/results.ts";

const EXPECTS = [
  { name: "rate", unit: "1/s", bound: ">= 10" },
  { name: "p99", unit: "ms", bound: "<= 5" },
] as const;

test("every promised figure has a row, in order, measured or not", () => {
  const results = new Results("suite", EXPECTS);
  results.add({ name: "beside", value: 1, unit: "x", bound: null, holds: null });
  results.record("p99", 4);
  expect(results.rows("the machine went away")).toEqual([
    { name: "rate", value: null, unit: "1/s", bound: ">= 10", holds: false, reason: "the machine went away" },
    { name: "p99", value: 4, unit: "ms", bound: "<= 5", holds: true },
    { name: "beside", value: 1, unit: "x", bound: null, holds: null },
  ]);
});

test("a figure that failed keeps its own reason", () => {
  const results = new Results("suite", EXPECTS);
  results.record("rate", new Error("the peer did not start\n    at …"));
  expect(results.rows("something else")[0]).toMatchObject({ value: null, holds: false });
  expect(results.rows("something else")[0]?.reason).toMatch(/^the peer did not start/);
});

test("a figure that nobody promised is a mistake", () => {
  expect(() => new Results("suite", EXPECTS).record("speed", 1)).toThrow("no suite promised");
});

test("a suite that promised nothing and found nothing says so", () => {
  expect(new Results("suite", []).rows("it failed")).toMatchObject([{ name: "suite", holds: false, reason: "it failed" }]);
});
