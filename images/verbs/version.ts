import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ImagePlaces } from "../steps/places.ts";

/** As package.json has it. */
export function projectVersion({ root }: Pick<ImagePlaces, "root">): string {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}
