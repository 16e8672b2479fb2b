import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, type Manifest, topicMatches } from "../../../runtime/contract/index.ts";
import type { Policy } from "../../../runtime/trust/index.ts";
import { allowsGrowth, allowsMethod, checkFilters, rulesFor, rulesForPlugin } from "../../../runtime/trust/policy.ts";

const [ALICE, BOB] = ["a".repeat(64), "b".repeat(64)];
const policy = (rules: Policy["rules"]): Policy => ({ type: "policy", version: 1, time: 0, expires: 1, keys: [], rules });
const manifest = (name: string) => ({ name, limits: DEFAULT_LIMITS }) as Manifest;

function allowed(pattern: string, name: string): boolean {
  try {
    return rulesForPlugin([{ keys: [ALICE], plugins: [pattern] }], manifest(name)).length > 0;
  } catch {
    return false;
  }
}

test("a star in a name stands for any part of it", () => {
  const word = fc.stringMatching(/^[ab-]{0,5}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), word, (parts, name) => {
      const pattern = parts.join("*");
      expect(allowed(pattern, name), `${pattern} ${name}`).toBe(new RegExp(`^${parts.join(".*")}$`).test(name));
    }),
    { numRuns: 2000 },
  );
});

test("a rule is for its keys and its groups alone", () => {
  const both = policy([
    { keys: [ALICE], plugins: ["*"], groups: ["kitchen-*"] },
    { keys: [BOB], plugins: ["*"] },
  ]);
  const found = (keys: string[], group?: string) => rulesFor(both, keys, group).map((rule) => rule.keys[0]);
  expect(found([ALICE], "kitchen-1")).toEqual([ALICE]);
  expect(found([ALICE], "cellar")).toEqual([]);
  expect(found([ALICE], undefined)).toEqual([]);
  expect(found([BOB], undefined)).toEqual([BOB]);
  expect(found([ALICE, BOB], "kitchen-1")).toEqual([ALICE, BOB]);
  expect(found(["c".repeat(64)], "kitchen-1")).toEqual([]);
});

test("no topic gets through that no filter of one rule names", () => {
  const level = fc.constantFrom("a", "b", "+");
  const filter = fc.tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([levels, open]) => {
    return [...levels, ...(open ? ["#"] : [])].join("/");
  });
  const topic = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
  fc.assert(
    fc.property(fc.array(filter, { minLength: 1, maxLength: 3 }), filter, topic, (may, asked, example) => {
      const rules = [{ keys: [ALICE], plugins: ["*"], publish: may }];
      try {
        checkFilters(rules, { publish: [asked], subscribe: [] }, "x");
      } catch {
        return;
      }
      if (topicMatches(asked, example)) expect(may.some((each) => topicMatches(each, example))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("rights of two rules do not add up", () => {
  const rules = [
    { keys: [ALICE], plugins: ["*"], publish: ["a"], subscribe: ["x"] },
    { keys: [ALICE], plugins: ["*"], publish: ["b"], subscribe: ["y"] },
  ];
  expect(() => checkFilters(rules, { publish: ["a"], subscribe: ["x"] }, "p")).not.toThrow();
  expect(() => checkFilters(rules, { publish: ["a"], subscribe: ["y"] }, "p")).toThrow("p: these topics together");
  expect(allowsGrowth(rules, [])).toBe(false);
  expect(allowsMethod(rules, "rollback")).toBe(false);
});
