import { expect, test } from "vitest";
import { apkVersion } from "../../../../images/packages/version.ts";

test.each([
  ["0.1.0", "0.1.0-r0"],
  ["12.0.3", "12.0.3-r0"],
  ["1.0.0-rc.1", "1.0.0_rc1-r0"],
  ["1.0.0-beta", "1.0.0_beta-r0"],
  ["1.0.0-alpha.12", "1.0.0_alpha12-r0"],
])("%s is %s for apk", (version, expected) => {
  expect(apkVersion(version)).toBe(expected);
});

test.each(["1", "1.0", "1.0.0-next.1", "1.0.0+5", "v1.0.0", "1.0.0-rc.1.2", ""])("refused: %j", (version) => {
  expect(() => apkVersion(version)).toThrow("E_CLI_OPTION");
});
