import { expect, test } from "vitest";
import { mayAccess } from "../../../../runtime/mqtt/broker/access.ts";
import { LOOPBACK_ACCESS } from "../../../../runtime/mqtt/index.ts";

test.each([
  ["publish", "sensors/1", true],
  ["publish", "steppps/hall/deploy", true],
  ["publish", "steppps/hall/do/status", true],
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

test("without a rule nothing is allowed", () => {
  expect(mayAccess([], "publish", "a")).toBe(false);
});
