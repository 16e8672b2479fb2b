import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Places } from "./places.ts";
import { type Target, thisTarget } from "./targets.ts";

/** A hash over everything a build is made from: it changes when, and only when, the addon must be made again. */
export function fingerprint(target: Target, places: Places): string {
  const hash = createHash("sha256").update(JSON.stringify([target, thisTarget(), process.env.CXX]));
  for (const folder of ["native", "build"]) {
    for (const name of readdirSync(join(places.root, folder)).sort()) {
      const content = readFileSync(join(places.root, folder, name));
      hash.update(`\0${folder}/${name}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest("hex");
}
