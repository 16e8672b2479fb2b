import { expect, test } from "vitest";
import { Pace } from "../../../runtime/transfer/pace.ts";

test("on a quick link a plugin is one piece", () => {
  const pace = new Pace();
  pace.answered(5, 500);
  expect(pace.pieceBytes).toBeGreaterThan(32_000);
});

test("on a slow one pieces are small, and grow while they arrive quickly", () => {
  const pace = new Pace();
  pace.answered(400, 600);
  expect(pace.pieceBytes).toBe(1024);
  pace.acknowledged(100);
  pace.acknowledged(100);
  expect(pace.pieceBytes).toBe(4096);
  pace.acknowledged(3000);
  expect(pace.pieceBytes).toBe(2048);
});

test("after a cut they are smaller than what was lost", () => {
  const pace = new Pace();
  pace.answered(5, 500);
  pace.lost();
  for (let i = 0; i < 20; i++) pace.acknowledged(1);
  expect(pace.pieceBytes).toBe(32 * 1024);
});
