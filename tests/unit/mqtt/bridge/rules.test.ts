import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BridgeRule } from "../../../../runtime/contract/index.ts";
import { BridgeRules } from "../../../../runtime/mqtt/bridge/rules.ts";

const both = (rule: Partial<BridgeRule> = {}): BridgeRule => ({ direction: "both", filter: "a/#", ...rule });

test("the first rule that matches decides, and has its prefixes put on and taken off", () => {
  const rules = new BridgeRules([
    both({ filter: "a/b", localPrefix: "here/", remotePrefix: "there/", qos: 2, priority: 7 }),
    both({ filter: "a/+" }),
    both({ direction: "in", filter: "i/#", localPrefix: "got/" }),
    both({ direction: "out", filter: "o" }),
  ]);
  expect(rules.localFilters).toEqual(["here/a/b", "a/+", "o"]);
  expect(rules.remoteFilters).toEqual(["there/a/b", "a/+", "i/#"]);
  expect(rules.outbound("here/a/b")).toEqual({ topic: "there/a/b", qos: 2, priority: 7 });
  expect(rules.inbound("there/a/b")).toEqual({ topic: "here/a/b", qos: 2, priority: 7 });
  expect(rules.outbound("a/b")).toEqual({ topic: "a/b" });
  expect(rules.inbound("i/j/k")).toEqual({ topic: "got/i/j/k" });
  expect(rules.outbound("got/i/j/k")).toBeUndefined();
  expect(rules.inbound("o")).toBeUndefined();
  expect(rules.takes("i/x")).toBe(true);
  expect(rules.takes("o")).toBe(false);
});

describe("refused", () => {
  test.each([
    ["a filter that is none", { filter: "a/#/b" }],
    ["a prefix with a wildcard", { remotePrefix: "+/" }],
    ["the device's own topics here", { filter: "steppps/edge/#" }],
    ["the device's own topics by a prefix", { remotePrefix: "steppps/" }],
    ["the broker's own topics", { localPrefix: "$SYS/" }],
  ])("%s", (_, rule) => {
    expect(() => new BridgeRules([both(rule)])).toThrow("E_UPLINK_RULE");
  });

  test("a message whose topic on the other side would be too long, or reserved", () => {
    const rules = new BridgeRules([
      both({ direction: "out", filter: "#", remotePrefix: `${"p".repeat(300)}/` }),
      both({ direction: "in", filter: "#", remotePrefix: "site/" }),
    ]);
    expect(() => rules.outbound("t".repeat(65_300))).toThrow("E_UPLINK_TOPIC");
    expect(() => rules.inbound("site/steppps/edge/rpc/remove/1")).toThrow("E_UPLINK_TOPIC");
  });

  test("without a word: what devices say of themselves, though a wildcard covers it", () => {
    const rules = new BridgeRules([both({ filter: "#" })]);
    for (const topic of ["steppps/edge/events", "steppps/another/state", "steppps/edge/rpc/remove/1"]) {
      expect(rules.outbound(topic)).toBeUndefined();
      expect(rules.inbound(topic)).toBeUndefined();
      expect(rules.takes(topic)).toBe(false);
    }
    expect(rules.inbound("a/b")).toEqual({ topic: "a/b" });
  });
});

test("whatever goes out comes back in to where it was", () => {
  const level = fc.stringMatching(/^[a-z]{1,4}$/);
  const prefix = fc.oneof(
    fc.constant(""),
    level.map((name) => `${name}/`),
  );
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 4 }), prefix, prefix, (levels, localPrefix, remotePrefix) => {
      fc.pre(levels[0] !== "steppps");
      const rules = new BridgeRules([{ direction: "both", filter: "#", localPrefix, remotePrefix }]);
      const topic = `${localPrefix}${levels.join("/")}`;
      const there = rules.outbound(topic)?.topic ?? "";
      expect(there).toBe(`${remotePrefix}${levels.join("/")}`);
      expect(rules.inbound(there)?.topic).toBe(topic);
    }),
  );
});
