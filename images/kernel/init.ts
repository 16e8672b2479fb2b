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

const RECIPE = 1;

const FLAGS = [
  ...["-std=gnu2x", "-Os", "-Wall", "-Wextra", "-Werror", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"],
  ...["-ffunction-sections", "-fdata-sections", "-static", "-nostdlib", "-nostdinc", "-Wl,--gc-sections", "-s"],
] as const;

/**
 * PID 1 (`kernel/init`) for `arch`, as a file: compiled by the pinned zig, which is clang for every machine, and linked with Debian's
 * musl, since zig would first compile its own for half a minute.
 */
export async function buildInit(arch: Architecture, lock: Lock, places: ImagePlaces): Promise<string> {
  const folder = join(places.root, "kernel/init");
  const names = (await readdir(folder)).filter((name) => /\.[ch]$/.test(name)).sort();
  const sources = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")]));
  const wheel = lockedWheel("zig", thisTarget().replace("musl", "gnu"));
  const musl = lockedDeb(lock, "musl-dev", DEB_ARCHES[arch]);
  const inputs = [RECIPE, arch, FLAGS, wheel.sha256, musl.sha256, sources];
  const home = await made(places.cache, "init", inputs, async (work) => {
    await unpackDeb(await fetchDeb(musl, lock.time, places.inputs), work);
    const zig = join(await unpackedWheel(wheel, join(places.root, ".cache")), "ziglang");
    await compile(arch, zig, work, folder, names);
  });
  return join(home, "init");
}

async function compile(arch: Architecture, zig: string, work: string, folder: string, names: readonly string[]): Promise<void> {
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
  await run(join(zig, "zig"), [...target, ...objects, "-o", join(work, "init")], {
    cwd: folder,
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  });
}
