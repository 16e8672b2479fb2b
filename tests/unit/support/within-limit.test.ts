import { expect, test } from "vitest";
import { withinLimit } from "../../support/within-limit.ts";

const diagnose = async () => "the console's end: steppps";

test("hands on what is over in time", async () => {
  await expect(withinLimit("a step", Promise.resolve(7), 60_000, diagnose)).resolves.toBe(7);
});

test("what fails or goes on for ever ends with a diagnosis", async () => {
  const never = new Promise(() => {});
  await expect(withinLimit("a step", never, 1, diagnose)).rejects.toThrow(/^a step: not over after 1 ms\nthe console's end/);
  const failed = Promise.reject(new Error("no answer"));
  await expect(withinLimit("a step", failed, 60_000, diagnose)).rejects.toThrow(/^a step: no answer\nthe console's end/);
});
