import fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions } from "../../../runtime/contract/index.ts";

/** Rising; semver 2.0, 11.4, and what it leaves to think. */
const RISING = [
  "0.0.0-0",
  "0.0.0",
  "0.0.9",
  "0.0.10",
  "0.1.0",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.1-dev.1",
  "999999999.0.0",
];

test("versions stand as semver has them", () => {
  RISING.forEach((a, i) => {
    RISING.forEach((b, j) => {
      expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j));
    });
  });
});

test("any three versions have one order", () => {
  const version = fc
    .tuple(fc.array(fc.nat({ max: 3 }), { minLength: 3, maxLength: 3 }), fc.option(fc.stringMatching(/^[0-2a-b.-]{1,6}$/)))
    .map(([numbers, preview]) => numbers.join(".") + (preview ? `-${preview}` : ""));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)));
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});
