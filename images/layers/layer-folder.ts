import { chmod, copyFile, lstat, mkdir, readlink, symlink } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { lockedDeb } from "../lock/lock.ts";
import { packageFolder } from "../lock/package-folder.ts";
import type { Lock } from "../lock/schema.ts";
import { type Architecture, DEB_ARCHES, MACHINES } from "../rootfs/architecture.ts";
import { entriesOf } from "../steps/entries.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { type Layer, packagesOf } from "./layers.ts";

/** Where the kernel looks for the program that starts others, and Debian puts it. */
const LOADERS = {
  x86_64: { path: "lib64/ld-linux-x86-64.so.2", name: "ld-linux-x86-64.so.2" },
  arm64: { path: "lib/ld-linux-aarch64.so.1", name: "ld-linux-aarch64.so.1" },
} as const;
/** Debian's tree since bookworm. */
const MERGED = ["bin", "lib", "lib64", "sbin"] as const;
/** Where something is mounted when a program of it runs (kernel/layer/program.c). */
const MOUNT_POINTS = ["dev", "proc", "run", "sys", "tmp"] as const;
const RECIPE = 2;

/** The tree of a layer: its programs, all that they are linked with, its data, and every package's copyright file. */
export async function layerFolder(
  layer: Layer,
  arch: Architecture,
  lock: Lock,
  tools: Toolset,
  places: ImagePlaces,
): Promise<string> {
  const deb = DEB_ARCHES[arch];
  const data = layer.data.filter((row) => row.arch === undefined || row.arch === arch);
  const names = packagesOf(layer, arch);
  const inputs = [RECIPE, arch, layer.programs, data, names.map((name) => lockedDeb(lock, name, deb).sha256)];
  return made(places.cache, "layer", inputs, async (work) => {
    for (const link of MERGED) await symlink(`usr/${link}`, join(work, link));
    for (const point of MOUNT_POINTS) await mkdir(join(work, point));
    const folders = new Map<string, string>();
    for (const name of names) folders.set(name, await packageFolder(name, deb, lock, places));
    const programs = layer.packages.map((name) => folders.get(name) as string);
    const libraries = `usr/lib/${MACHINES[arch]}-linux-gnu`;
    const done = new Set<string>();
    const place = async (path: string): Promise<void> => {
      if (done.has(path)) return;
      done.add(path);
      const from = await inOneOf(programs, path);
      await copy(from, join(work, path), true);
      const target = await lstat(from).then((stat) => (stat.isSymbolicLink() ? readlink(from) : undefined));
      if (target !== undefined) return place(normalize(join(dirname(path), target)));
      for (const needed of await neededBy(from, arch, tools)) await place(`${libraries}/${needed}`);
    };
    for (const path of layer.programs) await place(path);
    const { path, name } = LOADERS[arch];
    if (!done.has(`usr/${path}`)) {
      await place(`${libraries}/${name}`);
      await mkdir(dirname(join(work, "usr", path)), { recursive: true });
      await symlink(`/${libraries}/${name}`, join(work, "usr", path));
    }
    for (const { package: of, paths, dropSuffix = "" } of data)
      for (const each of paths) {
        const to = dropSuffix && each.endsWith(dropSuffix) ? each.slice(0, -dropSuffix.length) : each;
        await copy(join(folders.get(of) as string, each), join(work, to), false);
      }
    for (const [name, folder] of folders) {
      const copyright = `usr/share/doc/${name}/copyright`;
      await copy(join(folder, copyright), join(work, copyright), false).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error; // a link to another package's, which is there as well
      });
    }
    // Programs may run as nobody, whoever builds and with whatever umask.
    for (const { path, entry } of await entriesOf(work)) if (entry.isDirectory()) await chmod(join(work, path), 0o755);
    await chmod(work, 0o755);
  });
}

async function inOneOf(folders: readonly string[], path: string): Promise<string> {
  for (const folder of folders) if (await lstat(join(folder, path)).catch(() => undefined)) return join(folder, path);
  throw new Error(`none of the layer's packages has ${path}`);
}

async function copy(from: string, to: string, program: boolean): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  if ((await lstat(from)).isSymbolicLink()) return symlink(await readlink(from), to);
  await copyFile(from, to);
  await chmod(to, program ? 0o755 : 0o644);
}

/** Libraries that a program names (ELF's DT_NEEDED). */
async function neededBy(file: string, arch: Architecture, tools: Toolset): Promise<string[]> {
  const said = await tools.run(`${MACHINES[arch]}-linux-gnu-readelf`, ["--dynamic", "--wide", file]);
  return [...said.matchAll(/\(NEEDED\).*\[([^\]/]+)\]/g)].map(([, name]) => name as string);
}
