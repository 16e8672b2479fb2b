import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { placeAlpine } from "../../images/rootfs/alpine.ts";
import type { alpineBase } from "../../images/rootfs/alpine-base.ts";
import { DEVICE_FOLDERS } from "../../images/rootfs/etc.ts";
import { APPLETS } from "../../images/rootfs/selection.ts";

/** What `placeSmallRoot` makes of its arguments depends on these too. */
export const SMALL_ROOT = [1, APPLETS, DEVICE_FOLDERS] as const;

/** A device's root without Node and the supervisor: Alpine's part, PID 1 (the file `init`), and `files` by their paths. */
export async function placeSmallRoot(
  root: string,
  alpine: Awaited<ReturnType<typeof alpineBase>>,
  init: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await placeAlpine(alpine, root);
  for (const [below, names] of Object.entries(APPLETS)) {
    await mkdir(join(root, below), { recursive: true });
    for (const name of names) await symlink("/bin/busybox", join(root, below, name));
  }
  for (const [path, mode] of Object.entries(DEVICE_FOLDERS)) {
    await mkdir(join(root, path), { recursive: true });
    await chmod(join(root, path), mode);
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await copyFile(init, join(root, "sbin/init"));
  await chmod(join(root, "sbin/init"), 0o755);
}
