import { unpackDeb } from "../formats/deb.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import { fetchDeb } from "./fetch.ts";
import { type DebArch, lockedDeb } from "./lock.ts";
import type { Lock } from "./schema.ts";

/** The folder that a package of the lock is unpacked in. */
export function packageFolder(name: string, arch: DebArch, lock: Lock, places: ImagePlaces): Promise<string> {
  const deb = lockedDeb(lock, name, arch);
  return made(places.cache, "package", [1, deb.sha256], async (work) =>
    unpackDeb(await fetchDeb(deb, lock.time, places.inputs), work),
  );
}
