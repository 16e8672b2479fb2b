import { StepppsError } from "../../runtime/contract/index.ts";

/** What apk compares: `1.2.3_rc1-r0` of `1.2.3-rc.1`. Throws E_CLI_OPTION for what has no counterpart [apk-package(5), semver.org]. */
export function apkVersion(version: string): string {
  const [, release, kind, number = ""] = /^(\d+\.\d+\.\d+)(?:-(alpha|beta|pre|rc)\.?(\d*))?$/.exec(version) ?? [];
  if (release === undefined)
    throw new StepppsError(
      "E_CLI_OPTION",
      `a package's version is 1.2.3, or 1.2.3-rc.1 with alpha, beta, pre or rc; ${version} is none`,
    );
  return `${release}${kind === undefined ? "" : `_${kind}${number}`}-r0`;
}
