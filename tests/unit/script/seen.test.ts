import { expect, test } from "vitest";
import { Seen } from "../../../runtime/script/host/seen.ts";

const KEPT = 50_000;
const TRIMMED = 1_000;

test("what is trimmed from the journal is what is forgotten, however the clock is set", () => {
  const seen = new Seen([{ scope: "a", id: "before", time: 1_000_000 }]);
  const rows = new Map<string, number>([["before", 1_000_000]]);
  // A year back, then a year ahead, then right
  for (let i = 0; i < KEPT + 5 * TRIMMED; i++) {
    const time = i % 3 === 0 ? 5 : i % 3 === 1 ? 1e12 : 2_000_000;
    for (const [kind, ...params] of seen.add("a", `id${i}`, time)) {
      if (kind === "seen.add") rows.set(String(params[1]), Number(params[2]));
      else for (const [id, at] of rows) if (at < Number(params[0])) rows.delete(id);
    }
    seen.settled("a", `id${i}`);
  }
  expect(rows.size).toBeLessThanOrEqual(KEPT + TRIMMED);
  const remembered = (id: string) => seen.repeats("a", id, () => {});
  expect([...rows.keys()].filter(remembered)).toHaveLength(KEPT);
  expect(remembered("before")).toBe(false);
  expect(remembered(`id${KEPT + 5 * TRIMMED - 1}`)).toBe(true);
});
