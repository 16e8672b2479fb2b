import { expect, test } from "vitest";
import { Programs } from "./programs.ts";

test("starts the tools' programs, says how they ended, and goes away by itself", async () => {
  await using programs = new Programs();
  const [version, missing] = await Promise.all([
    programs.run("mtype", ["--version"]),
    programs.ended("e2fsck", ["-n", "/no/such/card"]),
  ]);
  expect(version).toMatch(/^mtype \(GNU mtools\)/);
  expect(missing.code).toBe(8);
  expect(missing.said).toContain("/no/such/card");
  await expect(programs.run("mtype", ["-i", "/no/such/card", "::x"])).rejects.toThrow("/no/such/card");
});
