import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Apk } from "../rootfs/apk.ts";
import { type PackageContent, writePackage } from "./package.ts";
import type { SigningKey } from "./signing-key.ts";

export interface RepositoryOptions {
  readonly apk: Apk;
  readonly key: SigningKey;
  /** As Alpine calls it. */
  readonly machine: string;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Shown by apk. */
  readonly description: string;
}

/** apk's name for a repository's index of the third format. */
const INDEX = "Packages.adb";

/**
 * Writes a repository for one architecture into `folder`, in place of what was there: what `v3 <folder or its address>` in
 * `/etc/apk/repositories` means [apk-repositories(5)].
 *
 *     <folder>/<key>.rsa.pub    <folder>/<machine>/{Packages.adb, <name>-<version>.apk, …}
 */
export async function writeRepository(
  contents: readonly PackageContent[],
  { apk, key, machine, time, description }: RepositoryOptions,
  folder: string,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), "steppps-packages-"));
  const next = await mkdtemp(join(folder, "making-"));
  try {
    const files: string[] = [];
    for (const content of contents) files.push(await writePackage(content, { apk, key, machine, time, work }, next));
    const sign = ["--sign-key", key.privateFile, "--keys-dir", await keysOnly(key, work)];
    await apk.run(["mkndx", "--output", join(next, INDEX), "--description", description, ...sign, ...files]);
    const home = join(folder, machine);
    await chmod(next, 0o755);
    await rm(home, { recursive: true, force: true });
    await rename(next, home);
    await copyFile(key.publicFile, join(folder, basename(key.publicFile)));
    return files.map((file) => join(home, basename(file)));
  } finally {
    await rm(next, { recursive: true, force: true });
    await rm(work, { recursive: true, force: true });
  }
}

/** What apk is to trust while it reads the packages again: ours, and no other. */
async function keysOnly({ publicFile }: SigningKey, work: string): Promise<string> {
  const keys = join(work, "keys");
  await mkdir(keys, { recursive: true });
  await copyFile(publicFile, join(keys, basename(publicFile)));
  return keys;
}
