import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { sweep } from "./sweep.ts";

/**
 * The folder with what `make` makes of `inputs`, from an earlier run where there is one: `<cache>/<step>/<hash of inputs>`.
 * `inputs` is all that the result depends on, as JSON: hashes and settings, and a version of the step's own recipe.
 *
 * The folder appears by a rename, so that an interrupted or a concurrent run leaves nothing half made. Its time says when it was
 * last asked for; those of the step that nobody asked for in long go when a new one comes.
 */
export async function made(
  cache: string,
  step: string,
  inputs: unknown,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 24);
  const home = join(cache, step, hash);
  const now = new Date();
  if (existsSync(home)) {
    await utimes(home, now, now).catch(() => undefined); // a cache that is only to be read
    return home;
  }
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
  await utimes(home, now, now); // a step may have set it to a time of its own
  await sweep(join(cache, step), now.getTime());
  return home;
}
