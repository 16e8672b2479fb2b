import type { KernelName } from "../../board-support/index.ts";
import type { Lock } from "../lock/schema.ts";
import type { Architecture } from "../rootfs/architecture.ts";
import type { ImagePlaces } from "../steps/places.ts";
import { debianKernel } from "./debian.ts";
import type { Kernel } from "./kernel.ts";
import { trimmedKernel } from "./trimmed.ts";

const KERNELS: Readonly<Record<KernelName, (arch: Architecture, lock: Lock, places: ImagePlaces) => Promise<Kernel>>> = {
  "debian-rt": debianKernel,
  "debian-rt-next": (arch, lock, places) => debianKernel(arch, lock, places, "kernel-next"),
  steppps: trimmedKernel,
};

/** A board's kernel, by its name. */
export function kernelOf(name: KernelName, arch: Architecture, lock: Lock, places: ImagePlaces): Promise<Kernel> {
  return KERNELS[name](arch, lock, places);
}
