import { expect, test } from "vitest";
import { judge } from "./kill-loop/oracle.ts";

/** What a device that does everything right would have said about the numbers 1 to 10. */
function evidence(change: Record<string, string[]> = {}) {
  const said: Record<string, string[]> = {
    booked: Array.from({ length: 10 }, (_, i) => String(i + 1)),
    rung: ["5", "10"],
    heard: ["1", "2"],
    books: ["3 6 0 0 0", "10 55 7006429915 2 15"],
    audit: ["10 55"],
    ...change,
  };
  return {
    exact: [{ sent: new Set([1, 2, 3, 4, 5]) }, { sent: new Set([6, 7, 8, 9, 10]) }],
    loose: { acknowledged: new Set([1, 2]) },
    receiver: { of: (root: string) => new Set(said[root]) },
  };
}

test("finds nothing wrong where nothing is", () => {
  expect(judge(evidence())).toEqual([]);
});

test.each([
  ["an output that is missing", { rung: ["5"] }, /^rung: 1 are missing: 10$/],
  ["an acknowledged message that nobody heard", { heard: ["1"] }, /^heard: 1 are missing: 2$/],
  ["one that nobody sent", { rung: ["5", "10", "15"] }, /^rung: 1 were never sent: 15$/],
  ["one that was applied twice", { audit: ["11 56"] }, /^audit say 11 56, they should say 10 55$/],
  ["books that say nothing", { books: [] }, /^books say nothing/],
])("finds %s", (_, change, fault) => {
  expect(judge(evidence(change))).toEqual([expect.stringMatching(fault)]);
});
