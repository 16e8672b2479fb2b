import { chmod, constants, copyFile, lutimes, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { entriesOf } from "./entries.ts";

/** A file that is to be: a copy, a text or a link. */
export interface StagedFile {
  /** From the root, without a slash at its start. */
  readonly path: string;
  /** 0o644 where absent. */
  readonly mode?: number;
  readonly content: { readonly from: string } | { readonly bytes: string | Uint8Array } | { readonly target: string };
}

/** Makes those files below `root`, a folder of their own: the same whatever the umask was, all of one time (seconds since the epoch). */
export async function stage(root: string, files: readonly StagedFile[], time: number): Promise<void> {
  for (const { path, mode = 0o644, content } of files) {
    const to = join(root, path);
    await mkdir(dirname(to), { recursive: true });
    if ("target" in content) {
      await symlink(content.target, to);
      await lutimes(to, time, time);
      continue;
    }
    if ("from" in content) await copyFile(content.from, to, constants.COPYFILE_FICLONE);
    else await writeFile(to, content.bytes);
    await chmod(to, mode);
    await utimes(to, time, time);
  }
  for (const { path, entry } of await entriesOf(root)) if (entry.isDirectory()) await chmod(join(root, path), 0o755);
  await chmod(root, 0o755);
}
