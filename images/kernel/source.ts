import { rm } from "node:fs/promises";
import { join } from "node:path";
import { unpackDeb } from "../formats/deb.ts";
import { fetchDeb } from "../lock/fetch.ts";
import { lockedDeb } from "../lock/lock.ts";
import type { Lock, LockedDeb } from "../lock/schema.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import { run } from "../steps/run.ts";

const VERSION = "6.12";
const RECIPE = 1;

export interface KernelSource {
  /** 1.6 GB. */
  readonly folder: string;
  readonly deb: LockedDeb;
}

/** Where the kernel's source comes from. */
export function kernelSourceDeb(lock: Lock): LockedDeb {
  return lockedDeb(lock, `linux-source-${VERSION}`, "amd64");
}

/** Linux with long-term support, with Debian's fixes; PREEMPT_RT is part of Linux itself since 6.12. `env` has the xz to use. */
export async function kernelSource(lock: Lock, env: NodeJS.ProcessEnv, places: ImagePlaces): Promise<KernelSource> {
  const deb = kernelSourceDeb(lock);
  const home = await made(places.cache, "kernel-source", [RECIPE, deb.sha256], async (work) => {
    await unpackDeb(await fetchDeb(deb, lock.time, places.inputs), work);
    const archive = join(work, `usr/src/linux-source-${VERSION}.tar.xz`);
    await run("tar", ["--xz", "--extract", "--no-same-owner", `--file=${archive}`, "--directory", work], { env });
    await rm(join(work, "usr"), { recursive: true });
  });
  return { folder: join(home, `linux-source-${VERSION}`), deb };
}
