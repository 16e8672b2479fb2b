import { expect, test } from "vitest";
import type { DeployReport } from "../../../../runtime/contract/index.ts";
import { briefly } from "../../../../runtime/script/deploy/deployment.ts";

const report: DeployReport = { id: "00", step: "swap", outcome: "done", ok: true, time: 0, millis: 1 };

test("a report over MQTT has as many differences as a slow line carries, and says how many more there are", () => {
  const differences = Array.from({ length: 60 }, (_, i) => `${i} `.padEnd(200, "x"));
  const told = briefly({ ...report, differences }).differences ?? [];
  expect(told.slice(0, -1)).toEqual(differences.slice(0, told.length - 1));
  expect(told.join("").length).toBeLessThan(1200);
  expect(told.at(-1)).toContain(`${60 - told.length + 1} lines more`);
});

test("one that has few or none stays as it is", () => {
  expect(briefly(report)).toBe(report);
  const few = { ...report, differences: ["- a", "+ b"] };
  expect(briefly(few)).toBe(few);
  expect(briefly({ ...report, differences: ["ö".repeat(2000)] }).differences).toEqual(["ö".repeat(2000)]);
});
