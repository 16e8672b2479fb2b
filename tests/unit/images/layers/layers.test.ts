import { expect, test } from "vitest";
import { LAYERS } from "../../../../images/layers/layers.ts";
import { lockedDeb, readLock } from "../../../../images/lock/lock.ts";

test.each(LAYERS)("every package of the layer $name is in the lock, for each architecture", ({ packages, data }) => {
  const lock = readLock();
  for (const arch of ["amd64", "arm64"] as const)
    for (const name of packages) expect(lockedDeb(lock, name, arch).name).toBe(name);
  for (const { package: name } of data) expect(lockedDeb(lock, name, "arm64").name).toBe(name);
});
