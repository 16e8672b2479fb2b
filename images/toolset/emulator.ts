import { join } from "node:path";
import { unpackDeb } from "../formats/deb.ts";
import { fetchDeb } from "../lock/fetch.ts";
import { hostArch, lockedDeb } from "../lock/lock.ts";
import type { Lock } from "../lock/schema.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";

const PROGRAMS = { arm64: "qemu-aarch64", x86_64: "qemu-x86_64" } as const;

/**
 * QEMU's user-mode emulator for an image's architecture, which runs its programs on this machine; also for the machine's own,
 * so that nothing of its processor gets into what they write. Linked statically: it needs no loader.
 */
export async function userEmulator(arch: keyof typeof PROGRAMS, lock: Lock, places: ImagePlaces): Promise<string> {
  const deb = lockedDeb(lock, "qemu-user", hostArch());
  const members = Object.values(PROGRAMS).map((name) => `./usr/bin/${name}`);
  const folder = await made(places.cache, "emulator", [1, deb.sha256], async (work) =>
    unpackDeb(await fetchDeb(deb, lock.time, places.inputs), work, members),
  );
  return join(folder, "usr/bin", PROGRAMS[arch]);
}
