import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * The folder with what `make` makes of `inputs`, from an earlier run where there is one: `<cache>/<step>/<hash of inputs>`.
 * `inputs` is all that the result depends on, as JSON: hashes and settings, and a version of the step's own recipe.
 *
 * The folder appears by a rename, so that an interrupted or a concurrent run leaves nothing half made.
 */
export async function made(
  cache: string,
  step: string,
  inputs: unknown,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 24);
  const home = join(cache, step, hash);
  if (existsSync(home)) return home;
  await mkdir(join(cache, step), { recursive: true });
  const work = await mkdtemp(join(cache, step, "making-"));
  try {
    await make(work);
    await rename(work, home).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error; // another run was first, with the same result
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return home;
}
