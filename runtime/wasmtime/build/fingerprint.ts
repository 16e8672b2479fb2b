import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Places } from "./places.ts";
import { type Target, thisTarget } from "./targets.ts";

/** A hash over everything a build is made from: it changes when, and only when, the addon must be made again. */
export function fingerprint(target: Target, places: Places): string {
  return fingerprintOf(target, [join(places.root, "native"), join(places.root, "build")]);
}

/** The same for a build that is made from all files of `folders`. */
export function fingerprintOf(target: Target, folders: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify([target, thisTarget(), process.env.CXX]));
  for (const folder of folders) {
    for (const name of readdirSync(folder).sort()) {
      const content = readFileSync(join(folder, name));
      hash.update(`\0${basename(folder)}/${name}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest("hex");
}
