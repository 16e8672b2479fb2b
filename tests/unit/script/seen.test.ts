import { expect, test } from "vitest";
import { Seen } from "../../../runtime/script/host/seen.ts";
import type { Op } from "../../../runtime/store/index.ts";

const KEPT = 50_000;
const TRIMMED = 1_000;

test("what is trimmed from the journal is what is forgotten, however the clock is set", () => {
  const seen = new Seen([{ scope: "a", id: "before", time: 1_000_000 }], () => {});
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

test("what is still repeated is remembered, however many come meanwhile; in the journal too", () => {
  const rows = new Map<string, number>();
  const write = (ops: readonly Op[]) => {
    for (const [kind, ...params] of ops) {
      if (kind === "seen.add") rows.set(`${params[0]} ${params[1]}`, Number(params[2]));
      else for (const [id, at] of rows) if (at < Number(params[0])) rows.delete(id);
    }
  };
  const seen = new Seen([], write);
  const take = (scope: string, id: string) => {
    write(seen.add(scope, id, 1));
    seen.settled(scope, id);
  };
  for (const id of ["kept\n1", "kept\n2", "once"]) take("audit", id);
  for (let i = 0; i < 2 * KEPT; i++) {
    take("flood", String(i));
    // As an outbox does that has more than is taken.
    if (i % (KEPT / 2) === 0) for (const id of ["kept\n1", "kept\n2"]) expect(seen.repeats("audit", id, () => {})).toBe(true);
  }
  expect(rows.has("audit kept\n1")).toBe(true);
  expect(rows.has("audit kept\n2")).toBe(true);
  expect(rows.size).toBeLessThanOrEqual(KEPT + TRIMMED);
  expect(seen.repeats("audit", "once", () => {})).toBe(false);
  // Nobody repeats them any more
  for (let i = 0; i < 2 * KEPT; i++) take("flood", `later ${i}`);
  expect(seen.repeats("audit", "kept\n1", () => {})).toBe(false);
  expect(rows.has("audit kept\n1")).toBe(false);
});

test("a flood that is mostly repeated itself does not push out what others repeat", () => {
  const seen = new Seen([], () => {});
  const take = (scope: string, id: string) => {
    seen.add(scope, id, 1);
    seen.settled(scope, id);
  };
  take("audit", "kept");
  for (let i = 0; i < 2 * KEPT; i++) {
    take("flood", String(i));
    expect(seen.repeats("flood", String(i), () => {})).toBe(true);
    if (i % (KEPT / 2) === 0) expect(seen.repeats("audit", "kept", () => {})).toBe(true);
  }
  expect(seen.repeats("audit", "kept", () => {})).toBe(true);
});

test("one that is under way is not forgotten, and not written before it is on disk", () => {
  const written: unknown[] = [];
  const seen = new Seen([], (ops) => written.push(...ops));
  seen.add("a", "slow", 1);
  for (let i = 0; i < 2 * KEPT; i++) {
    seen.add("b", String(i), 1);
    seen.settled("b", String(i));
  }
  expect(written).toEqual([]);
  let told: Error | "yes" | undefined;
  const repeated = seen.repeats("a", "slow", (error) => {
    told = error ?? "yes";
  });
  expect(repeated).toBe(true);
  expect(told).toBeUndefined();
  seen.settled("a", "slow", new Error("full"));
  expect(told).toBeInstanceOf(Error);
  expect(seen.repeats("a", "slow", () => {})).toBe(false);
});
