import { expect, test } from "vitest";
import { LAYERS, packagesOf } from "../../../../images/layers/layers.ts";
import { lockedDeb, readLock } from "../../../../images/lock/lock.ts";
import { DEB_ARCHES } from "../../../../images/rootfs/architecture.ts";
import { cyclonedxOfLayer } from "../../../../images/sbom/cyclonedx.ts";

test.each(LAYERS)("every package of the layer $name is in the lock, for each architecture", ({ packages, data }) => {
  const lock = readLock();
  for (const arch of ["amd64", "arm64"] as const)
    for (const name of packages) expect(lockedDeb(lock, name, arch).name).toBe(name);
  for (const { package: name } of data) expect(lockedDeb(lock, name, "arm64").name).toBe(name);
});

test.each(["arm64", "x86_64"] as const)(
  "the list of contents of a layer for %s names each of its packages, by its hash",
  (arch) => {
    const [layer, lock] = [LAYERS[0] as (typeof LAYERS)[number], readLock()];
    const debian = packagesOf(layer, arch).map((name) => lockedDeb(lock, name, DEB_ARCHES[arch]));
    const parts = { name: layer.name, version: "1.2.3", arch, time: lock.time, debian, sha256: "0".repeat(64) };
    const { components, metadata, specVersion } = cyclonedxOfLayer(parts) as {
      specVersion: string;
      metadata: { component: object };
      components: { name: string; purl: string; hashes: { content: string }[] }[];
    };
    expect(specVersion).toBe("1.6");
    expect(metadata.component).toMatchObject({ name: `steppps-layer-wifi-${arch}`, version: "1.2.3" });
    expect(components.map(({ name, hashes }) => [name, hashes[0]?.content])).toEqual(
      debian.map(({ name, sha256 }) => [name, sha256]),
    );
    expect(components.some(({ name }) => name === "firmware-brcm80211")).toBe(arch === "arm64");
    for (const { purl } of components) expect(purl).toMatch(/^pkg:deb\/debian\//);
  },
);
