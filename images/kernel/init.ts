import { chmod, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { thisTarget } from "../../runtime/wasmtime/build/targets.ts";
import { lockedWheel, unpackedWheel } from "../../runtime/wasmtime/build/wheel.ts";
import { unpackDeb } from "../formats/deb.ts";
import { fetchDeb } from "../lock/fetch.ts";
import { lockedDeb } from "../lock/lock.ts";
import type { Lock } from "../lock/schema.ts";
import { type Architecture, DEB_ARCHES, MACHINES } from "../rootfs/architecture.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import { run } from "../steps/run.ts";

const RECIPE = 2;

/** Static programs of ours, by what they are called: their folder below `kernel`, and what they take of PID 1's. */
const PROGRAMS = {
  init: { folder: "init", shared: [] },
  "steppps-layer": { folder: "layer", shared: ["text", "verity"] },
} as const;
type Program = keyof typeof PROGRAMS;

const FLAGS = [
  ...["-std=gnu2x", "-Os", "-Wall", "-Wextra", "-Werror", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"],
  ...["-ffunction-sections", "-fdata-sections", "-static", "-nostdlib", "-nostdinc", "-Wl,--gc-sections", "-s"],
] as const;

/** PID 1 (`kernel/init`), as a file. */
export function buildInit(arch: Architecture, lock: Lock, places: ImagePlaces): Promise<string> {
  return buildProgram("init", arch, lock, places);
}

/** The program that mounts layers and runs theirs (`kernel/layer`), as a file. */
export function buildLayerProgram(arch: Architecture, lock: Lock, places: ImagePlaces): Promise<string> {
  return buildProgram("steppps-layer", arch, lock, places);
}

/**
 * Compiled by the pinned zig, which is clang for every machine, and linked with Debian's musl, since zig would first compile its own
 * for half a minute.
 */
async function buildProgram(program: Program, arch: Architecture, lock: Lock, places: ImagePlaces): Promise<string> {
  const { folder, shared } = PROGRAMS[program];
  const kernel = join(places.root, "kernel");
  const own = (await readdir(join(kernel, folder))).filter((name) => /\.[ch]$/.test(name)).sort();
  const names = [...own.map((name) => join(folder, name)), ...shared.flatMap((name) => [`init/${name}.c`, `init/${name}.h`])];
  const sources = await Promise.all(names.map(async (name) => [name, await readFile(join(kernel, name), "utf8")]));
  const wheel = lockedWheel("zig", thisTarget().replace("musl", "gnu"));
  const musl = lockedDeb(lock, "musl-dev", DEB_ARCHES[arch]);
  const inputs = [RECIPE, arch, FLAGS, wheel.sha256, musl.sha256, sources];
  const home = await made(places.cache, program, inputs, async (work) => {
    await unpackDeb(await fetchDeb(musl, lock.time, places.inputs), work);
    const zig = join(await unpackedWheel(wheel, join(places.root, ".cache")), "ziglang");
    await compile(program, arch, zig, work, kernel, names);
  });
  return join(home, program);
}

async function compile(
  program: Program,
  arch: Architecture,
  zig: string,
  work: string,
  folder: string,
  names: readonly string[],
): Promise<void> {
  const machine = MACHINES[arch];
  const musl = (path: string) => join(work, "usr", path.replace("TRIPLE", `${machine}-linux-musl`));
  const headers = [
    musl("include/TRIPLE"),
    ...["include", `libc/include/${arch === "arm64" ? "aarch64" : "x86"}-linux-any`, "libc/include/any-linux-any"].map((path) =>
      join(zig, "lib", path),
    ),
  ];
  const code = names.filter((name) => name.endsWith(".c"));
  const objects = [musl("lib/TRIPLE/crt1.o"), ...code, musl("lib/TRIPLE/libc.a")];
  const target = ["cc", "-target", `${machine}-linux-musl`, ...FLAGS, ...headers.flatMap((header) => ["-isystem", header])];
  const cache = join(work, "zig");
  await chmod(join(zig, "zig"), 0o755); // a zip keeps no modes
  await run(join(zig, "zig"), [...target, ...objects, "-o", join(work, program)], {
    cwd: folder,
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  });
}
