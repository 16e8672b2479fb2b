import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { unpackDeb } from "../formats/deb.ts";
import { fetchDeb } from "../lock/fetch.ts";
import { lockedDebs } from "../lock/lock.ts";
import type { Lock } from "../lock/schema.ts";
import { type Architecture, DEB_ARCHES } from "../rootfs/architecture.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Kernel } from "./kernel.ts";

/** Debian's own PREEMPT_RT kernel: nothing to compile, and an initramfs needed, as even its disk drivers are modules. */
export async function debianKernel(
  arch: Architecture,
  lock: Lock,
  places: ImagePlaces,
  group: "kernel" | "kernel-next" = "kernel",
): Promise<Kernel> {
  const debs = lockedDebs(lock, group, DEB_ARCHES[arch]).filter(({ name }) => name.startsWith("linux-"));
  const hashes = debs.map(({ sha256 }) => sha256);
  const folder = await made(places.cache, "kernel-debian", [2, hashes], async (work) => {
    for (const deb of debs) await unpackDeb(await fetchDeb(deb, lock.time, places.inputs), work);
  });
  const [version] = await readdir(join(folder, "usr/lib/modules")).catch(() => []);
  if (version === undefined) throw new Error(`images/lock/lock.json has no kernel for ${arch}`);
  const modules = join(folder, "usr/lib/modules", version);
  // Newer packages have everything below the modules' folder.
  const image = oneOf(join(folder, "boot", `vmlinuz-${version}`), join(modules, "vmlinuz"));
  const deviceTrees = arch === "arm64" && oneOf(join(folder, "usr/lib", `linux-image-${version}`), join(modules, "dtb"));
  return { image, modules, ...(deviceTrees && { deviceTrees }), hash: hashes.join(" "), debs };
}

function oneOf(...paths: readonly string[]): string {
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`a kernel package has none of ${paths.join(", ")}`);
  return found;
}
