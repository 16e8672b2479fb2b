import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readLock } from "../lock/lock.ts";
import { writeContainerImage } from "../oci/archive.ts";
import type { Architecture } from "../rootfs/architecture.ts";
import { rootFolder } from "../rootfs/root-folder.ts";
import { cyclonedx } from "../sbom/cyclonedx.ts";
import { fileHash } from "../steps/file-hash.ts";
import { toolset } from "../toolset/toolset.ts";
import { Progress } from "./progress.ts";
import type { VerbContext } from "./verb.ts";

/** `npm run image -- --oci`: a container image for each architecture, and the list of what is in it, in `out/`. */
export async function buildContainerImages(
  arches: readonly Architecture[],
  version: string,
  { places, say, print }: VerbContext,
): Promise<void> {
  const progress = new Progress(1 + 2 * arches.length, say);
  const lock = readLock();
  const tools = await progress.step("fetching the tools", () => toolset(lock, places));
  await mkdir(places.out, { recursive: true });
  for (const arch of arches) {
    const facts = { board: "container", bootControl: "none", version, buildTime: lock.time, arch } as const;
    const root = await progress.step(`root file system for ${arch}`, () =>
      rootFolder({ facts, init: undefined }, lock, tools, places),
    );
    const name = join(places.out, `steppps-${version}-${arch}.oci`);
    const file = `${name}.tar`;
    await progress.step(`container image for ${arch}`, () => writeContainerImage(root, { arch, version, time: lock.time }, file));
    const contents = { facts, alpine: root.packages, debian: [], npm: root.npm, sha256: await fileHash(file) };
    await writeFile(`${name}.cdx.json`, `${JSON.stringify(cyclonedx(contents), null, 1)}\n`);
    print(file);
  }
}
