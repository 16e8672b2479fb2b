import { expect, test } from "vitest";
import { mayAccess } from "../../../../runtime/mqtt/broker/access.ts";
import { accessOf, LOOPBACK_ACCESS } from "../../../../runtime/mqtt/index.ts";

test.each([
  ["publish", "sensors/1", true],
  ["publish", "steppps/hall/deploy", true],
  ["publish", "steppps/hall/rpc/status/1", true],
  ["publish", "steppps/hall/deployed", false],
  ["publish", "steppps/hall/done/1", false],
  ["publish", "steppps", false],
  ["publish", "$SYS/broker", false],
  ["publish", "$anything", false],
  ["subscribe", "#", true],
  ["subscribe", "steppps/hall/events", true],
  ["subscribe", "$SYS/#", false],
] as const)("a local client that wants to %s %s: %s", (does, topic, may) => {
  expect(mayAccess(LOOPBACK_ACCESS, does, topic)).toBe(may);
});

const GRANTS = { publish: ["#", "$SYS/#", "steppps/#", "steppps/edge/#", "steppps/+/x", "steppps/other/#"], subscribe: ["#"] };

test.each([
  ["publish", "anything", true],
  ["publish", "steppps", false],
  ["publish", "steppps/edge/events", false],
  ["publish", "steppps/edge/deploy", false],
  ["publish", "steppps/third/state", false],
  ["publish", "steppps/third/x", false],
  ["publish", "steppps/other/state", true],
  ["publish", "$SYS/x", false],
  ["subscribe", "steppps/edge/events", false],
  ["subscribe", "steppps/other/rpc/+/+", false],
  ["subscribe", "#", true],
] as const)("a user to whom everything is granted who wants to %s %s: %s", (does, topic, may) => {
  expect(mayAccess(accessOf(GRANTS, "edge"), does, topic)).toBe(may);
});

test("an operator gives commands and hears answers, and gives no answers", () => {
  const rules = accessOf({ operator: true }, "edge");
  const may = (does: "publish" | "subscribe", topic: string) => mayAccess(rules, does, topic);
  expect(may("publish", "steppps/edge/deploy")).toBe(true);
  expect(may("publish", "steppps/edge/rpc/status/1")).toBe(true);
  expect(may("publish", "steppps/edge/rpc/status/1/reply")).toBe(false);
  expect(may("publish", "steppps/edge/events")).toBe(false);
  expect(may("subscribe", "steppps/edge/rpc/status/1/reply")).toBe(true);
  expect(may("subscribe", "anything")).toBe(false);
});

test("without a rule nothing is allowed", () => {
  expect(mayAccess([], "publish", "a")).toBe(false);
});
