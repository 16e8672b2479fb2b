import { expect, test } from "vitest";
import { DEFAULT_LIMITS, type Manifest } from "../../../runtime/contract/index.ts";
import { checkSchedules } from "../../../runtime/script/plugin/schedules.ts";
import { createNextDue } from "../../../runtime/time/index.ts";

const manifest = (expression: string): Manifest => ({
  abi: 1,
  name: "lamp",
  version: "1.0.0",
  handlers: [
    { kind: "every", period: 1000, method: "a" },
    { kind: "cron", expression, method: "b" },
  ],
  capabilities: { publish: [], timers: false, state: false },
  config: [],
  state: [],
  limits: DEFAULT_LIMITS,
  durability: "durable",
});

test.each(["0 7 * * *", "*/5 * * * * *", "0 0 29 2 *", "0 0 31 2 *"])("%s is taken", (expression) => {
  checkSchedules(manifest(expression), createNextDue("UTC"), 0);
});

test.each(["", "not a cron", "61 * * * *", "* * * *", "\0", "0 0 * * 9"])("%j is refused by name", (expression) => {
  expect(() => checkSchedules(manifest(expression), createNextDue("UTC"), 0)).toThrow(/E_PACKAGE.*lamp, handler 1/);
});
