import fc from "fast-check";
import { expect, test } from "vitest";
import { devVersion } from "../../../runtime/cli/author/dev-version.ts";
import { parse, Version } from "../../../runtime/contract/index.ts";

test("is the release with a preview that grows with time", () => {
  expect(devVersion("1.2.3", 36)).toBe("1.2.3-dev.10");
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
