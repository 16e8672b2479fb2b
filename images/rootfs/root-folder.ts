import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BoardFacts } from "../../runtime/contract/index.ts";
import { buildAddon } from "../../runtime/wasmtime/build/addon.ts";
import { lockedWheel } from "../../runtime/wasmtime/build/wheel.ts";
import { packRelocations } from "../formats/relr.ts";
import type { Lock } from "../lock/schema.ts";
import { entriesOf } from "../steps/entries.ts";
import { fileHash } from "../steps/file-hash.ts";
import { folderHash } from "../steps/folder-hash.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import { type BundledPackage, bundleSupervisor } from "../supervisor/bundle.ts";
import { placeSupervisor, SCRIPTS } from "../supervisor/place.ts";
import { userEmulator } from "../toolset/emulator.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { placeAlpine, selectedPackages } from "./alpine.ts";
import { alpineBase } from "./alpine-base.ts";
import type { InstalledApk } from "./apk-database.ts";
import { type Architecture, MACHINES, WHEEL_TARGETS } from "./architecture.ts";
import { DEVICE_FOLDERS, DEVICE_LINKS, deviceFiles, MODES } from "./etc.ts";
import { placeNode } from "./node.ts";
import { APPLETS } from "./selection.ts";

/** A device's tree below a folder, with modes as on the device; owners don't count, everything is root's. */
export interface RootFolder {
  readonly folder: string;
  readonly packages: readonly InstalledApk[];
  /** What the supervisor is bundled from. */
  readonly npm: readonly BundledPackage[];
}

/** What the root of one image is made of. */
export interface RootParts {
  readonly facts: BoardFacts;
  /** PID 1, linked statically; none where another system starts the supervisor. */
  readonly init: string | undefined;
  /** What mounts layers and runs their programs; none where layers are not taken. */
  readonly layerProgram?: string | undefined;
}

const RECIPE = 4;

/** The root of one image. What boards of one architecture share is made once. */
export async function rootFolder(parts: RootParts, lock: Lock, tools: Toolset, places: ImagePlaces): Promise<RootFolder> {
  const base = await baseFolder(parts.facts.arch, lock, tools, places);
  const inputs = [
    RECIPE,
    base.folder,
    deviceFiles(parts.facts),
    DEVICE_LINKS,
    DEVICE_FOLDERS,
    MODES,
    parts.init && (await fileHash(parts.init)),
    parts.layerProgram && (await fileHash(parts.layerProgram)),
  ];
  const folder = await made(places.cache, "root", inputs, async (work) => {
    await cp(base.folder, work, { recursive: true, verbatimSymlinks: true, mode: 2 /* COPYFILE_FICLONE */ });
    for (const path of Object.keys(DEVICE_FOLDERS)) await mkdir(join(work, path), { recursive: true });
    for (const [path, text] of Object.entries(deviceFiles(parts.facts))) await place(work, path, text);
    for (const [path, target] of Object.entries(DEVICE_LINKS)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await symlink(target, join(work, path));
    }
    for (const [name, from] of Object.entries({ init: parts.init, "steppps-layer": parts.layerProgram })) {
      if (from === undefined) continue;
      await copyFile(from, join(work, "sbin", name));
      await chmod(join(work, "sbin", name), 0o755);
    }
    await setModes(work);
  });
  return { ...base, folder };
}

/** What all boards of an architecture share: Alpine's part, Node, the supervisor. */
export async function baseFolder(arch: Architecture, lock: Lock, tools: Toolset, places: ImagePlaces): Promise<RootFolder> {
  const alpine = await alpineBase(arch, tools, places);
  const { npm, supervisor } = await supervisorParts(arch);
  const node = lockedWheel("node", WHEEL_TARGETS[arch]).sha256;
  const inputs = [RECIPE, alpine.folder, node, tools.root, APPLETS, supervisor];
  const folder = await made(places.cache, "base", inputs, async (work) => {
    await placeAlpine(alpine, work);
    for (const [below, names] of Object.entries(APPLETS)) {
      await mkdir(join(work, below), { recursive: true });
      for (const name of names) await symlink("/bin/busybox", join(work, below, name));
    }
    await placeNode(arch, work, tools, places);
    await placeSupervisor(work, arch, await userEmulator(arch, lock, places));
    if ((await supervisorParts(arch)).supervisor.join() !== supervisor.join())
      throw new Error("sources of the supervisor changed while it was being built; run this again");
    const wasmtime = join(work, "usr/lib/steppps/libwasmtime.so");
    await tools.run(`${MACHINES[arch]}-linux-gnu-strip`, ["--strip-all", "--remove-section=.comment", wasmtime]);
    await writeFile(wasmtime, packRelocations(await readFile(wasmtime)));
  });
  return { folder, packages: selectedPackages(alpine), npm };
}

/** Hashes that change whenever the supervisor on the device would, and the packages that it is made of. */
async function supervisorParts(arch: Architecture): Promise<{ npm: readonly BundledPackage[]; supervisor: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "steppps-bundle-"));
  try {
    const npm = await bundleSupervisor(folder);
    const addon = await buildAddon(WHEEL_TARGETS[arch]);
    const files = [
      addon,
      join(dirname(addon), "libwasmtime.so"),
      ...Object.values(SCRIPTS).map((script) => fileURLToPath(script)),
    ];
    return { npm, supervisor: [await folderHash(folder), ...(await Promise.all(files.map(fileHash)))] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function place(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** The same whatever the umask was of who built it: as MODES and DEVICE_FOLDERS say, otherwise what can be run is 755 and the rest 644. */
async function setModes(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const { path, entry } of await entriesOf(root)) {
    if (entry.isSymbolicLink()) continue;
    const file = join(root, path);
    const listed = { ...DEVICE_FOLDERS, ...MODES }[path];
    await chmod(file, listed ?? (entry.isDirectory() || (await stat(file)).mode & 0o100 ? 0o755 : 0o644));
  }
}
