import { existsSync } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Everything is unpacked and checked beside what is there; the rename of the staged folder is the moment from which on the restore
 * counts, and `finishRestore` does the rest of it, at the next start if this process ends before:
 *
 *   backup ──unpack, check──▶ .restoring/ ──rename──▶ .restored/ ──finishRestore──▶ the data directory
 */
export const STAGING = ".restoring";
export const STAGED = ".restored";
/** Files that a folder may have before anything is restored into it. */
export const IGNORED = /^(lost\+found|journal\.db\.lock|\.restoring|\.restored|before-restore-.*)$/;

/** Goes on with a restore that was cut short after everything was staged; does nothing otherwise. */
export async function finishRestore(data: string): Promise<void> {
  const staged = join(data, STAGED);
  if (!existsSync(staged)) return;
  // Nothing new is moved in before all of the old is out: whatever is here while `aside` is, is old.
  const [aside] = await readdir(join(staged, "aside")).catch(() => []);
  if (aside !== undefined) {
    for (const name of await readdir(data))
      if (!IGNORED.test(name)) await rename(join(data, name), join(staged, "aside", aside, name));
    await syncFolder(join(staged, "aside", aside));
    await rename(join(staged, "aside", aside), join(data, aside));
    await syncFolder(data);
  }
  // Without it all is moved, and only the last step is missing.
  for (const name of await readdir(join(staged, "new")).catch(() => []))
    await rename(join(staged, "new", name), join(data, name));
  await syncFolder(data);
  await rm(staged, { recursive: true, force: true });
}

export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
