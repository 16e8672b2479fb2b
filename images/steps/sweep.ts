import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** What is kept of a step's results, whatever their age. */
const KEPT = 6;
/** What was used since then may be in use by a run beside this one. */
const IN_USE_MS = 4 * 3_600_000;

/**
 * Removes a step's results that nobody has used for long, so that a cache doesn't grow with each change of a source: the most
 * recently used ones stay, and all that another run may be at work with. Never rejects: what can't be removed is there next time.
 */
export async function sweep(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const used = await Promise.all(
    names.map(async (name) => ({
      path: join(folder, name),
      at: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? now,
    })),
  );
  const old = used.sort((a, b) => b.at - a.at).slice(KEPT);
  for (const { path, at } of old) {
    if (now - at > IN_USE_MS) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
