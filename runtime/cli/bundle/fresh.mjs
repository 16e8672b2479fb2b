// Whether the bundle is what the sources would give now. Plain JavaScript: the launcher asks before anything is loaded.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const OUT = join(ROOT, ".cache/bundle");
/** The bundled `steppps`. */
export const PROGRAM = join(OUT, "steppps.js");
/** [path from the root, size, mtime in ms] of each source the bundle was made from. */
export const INPUTS = join(OUT, "inputs.json");

export function bundleIsFresh() {
  try {
    return JSON.parse(readFileSync(INPUTS, "utf8")).every(([path, size, time]) => {
      // Not `join`: over some five hundred paths it alone would be hot enough to wake V8's optimising compilers.
      const { size: now, mtimeMs } = statSync(ROOT + path);
      return now === size && mtimeMs === time;
    });
  } catch {
    return false;
  }
}
