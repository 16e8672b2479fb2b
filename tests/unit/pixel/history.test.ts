import { expect, test } from "vitest";
import { extendHistory, HISTORY_SECONDS } from "../../../runtime/pixel/figures/history.ts";

test("one value for each second", () => {
  expect(extendHistory([1, 2], 3, 1_013)).toEqual([1, 2, 3]);
});

test("a late reading fills the seconds it is the average of", () => {
  expect(extendHistory([1], 5, 3_100)).toEqual([1, 5, 5, 5]);
});

test("a minute is kept, however long the gap", () => {
  const minute = Array<number>(HISTORY_SECONDS).fill(1);
  expect(extendHistory(minute, 2, 1_000)).toEqual([...minute.slice(1), 2]);
  expect(extendHistory(minute, 2, 86_400_000)).toEqual(Array(HISTORY_SECONDS).fill(2));
});
