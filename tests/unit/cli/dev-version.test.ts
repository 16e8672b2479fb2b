import fc from "fast-check";
import { expect, test } from "vitest";
import { devVersion } from "../../../runtime/cli/author/dev-version.ts";
import { compareVersions, parse, Version } from "../../../runtime/contract/index.ts";

test("is a preview of the next release that grows with time", () => {
  expect(devVersion("1.2.3", 36)).toBe("1.2.4-dev.10");
  expect(devVersion("1.2.3-rc.1", 36)).toBe("1.2.3-rc.1.dev.10");
});

test("is a version that a manifest takes, whatever the plugin's own is", () => {
  const preview = fc.stringMatching(/^[0-9A-Za-z.-]{1,40}$/);
  fc.assert(
    fc.property(fc.nat(), fc.option(preview), fc.nat({ max: 8.64e15 }), (minor, name, time) => {
      const version = devVersion(`1.${minor % 1e9}.0${name ? `-${name}` : ""}`, time);
      expect(parse(Version, version)).toBe(version);
    }),
  );
});

test("comes after the version it is made from, and after what was made earlier", () => {
  const now = Date.UTC(2026, 10, 23);
  for (const version of ["1.2.3", "0.0.0", "1.2.3-rc.1"]) {
    expect(compareVersions(devVersion(version, now), version)).toBeGreaterThan(0);
    expect(compareVersions(devVersion(version, now + 1), devVersion(version, now))).toBeGreaterThan(0);
  }
  expect(compareVersions(devVersion("1.2.3", now), "1.2.4")).toBeLessThan(0);
});
