import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { unpackDeb } from "../formats/deb.ts";
import { fetchDeb } from "../lock/fetch.ts";
import { hostArch, lockedDebs } from "../lock/lock.ts";
import type { Group, Lock } from "../lock/schema.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import { type RunOptions, run } from "../steps/run.ts";

/** Programs of one Debian release, unpacked and not installed: images come out the same whatever the machine has itself. */
export interface Toolset {
  /** Stands for `/`: what a program asks for by a path of its own lies below it. */
  readonly root: string;
  /** The command that starts a program through the release's own loader, with its own C library. */
  command(program: string): readonly [string, ...string[]];
  run(program: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

/** Raised when what a step makes of the same packages changes. */
const RECIPE = 1;
const LAYOUT = {
  amd64: { triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  arm64: { triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" },
} as const;

/** Where the programs lie; all others are in usr/bin. */
const SBIN = new Set([
  "mkfs.vfat",
  "mkfs.fat",
  "fsck.fat",
  "mke2fs",
  "e2fsck",
  "debugfs",
  "resize2fs",
  "sfdisk",
  "veritysetup",
  "dumpe2fs",
]);
/** Names that one program has, which it goes by. */
const MTOOLS = new Set(["mcopy", "mmd", "mdir", "mtype", "mdel", "mattrib", "mlabel"]);

/** The tools that make images; with `groups`, others too (QEMU). Fetched the first time, some 20 MB. */
export async function toolset(lock: Lock, places: ImagePlaces, groups: readonly Group[] = ["tools"]): Promise<Toolset> {
  const arch = hostArch();
  const { triplet, loader } = LAYOUT[arch];
  const debs = groups.flatMap((group) => lockedDebs(lock, group, arch));
  const root = await made(places.cache, "toolset", [RECIPE, debs.map(({ sha256 }) => sha256)], async (folder) => {
    await mkdir(folder, { recursive: true });
    for (const deb of debs) await unpackDeb(await fetchDeb(deb, lock.time, places.inputs), folder);
  });
  const libraries = join(root, "usr/lib", triplet);
  const command = (program: string): readonly [string, ...string[]] => {
    const multi = MTOOLS.has(program);
    const file = join(root, SBIN.has(program) ? "usr/sbin" : "usr/bin", multi ? "mtools" : program);
    const paths = libraries;
    return [join(libraries, loader), "--library-path", paths, file, ...(multi ? ["-c", program] : [])];
  };
  return {
    root,
    command,
    run(program, args, options = {}) {
      const [first, ...rest] = command(program);
      // Character sets of its own C library, not of the machine's, which are another version's.
      const env = { ...(options.env ?? process.env), GCONV_PATH: join(libraries, "gconv"), LC_ALL: "C.UTF-8" };
      return run(first, [...rest, ...args], { ...options, env });
    },
  };
}
