import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import type { Lock } from "../lock/schema.ts";
import { type Architecture, MACHINES } from "../rootfs/architecture.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import { run } from "../steps/run.ts";
import { kernelCompiler } from "./compiler.ts";
import { requireConfig } from "./config/check.ts";
import { allConfig, parseFragment, type WantedOption } from "./config/fragment.ts";
import type { Kernel } from "./kernel.ts";
import { kernelSource, kernelSourceDeb } from "./source.ts";

const RECIPE = 1;

/** By the architecture's name in the kernel's Makefile: what is built, where that lies, and which folders of device trees boards use. */
const BUILDS = {
  x86_64: { target: "bzImage", image: "arch/x86/boot/bzImage", deviceTrees: [] },
  arm64: { target: "Image", image: "arch/arm64/boot/Image", deviceTrees: ["broadcom/bcm2711-rpi-4-b.dtb"] },
} as const;

export interface TrimmedKernel extends Kernel {
  /** Its whole configuration, as a file. */
  readonly config: string;
}

/**
 * STEPPPS's own kernel: PREEMPT_RT, and of the rest what `kernel/configs` names. All of it is built in, so its initramfs is
 * PID 1 alone. Compiled the first time, 10 to 20 minutes on two cores; the same bytes whoever compiles it and wherever.
 */
export async function trimmedKernel(
  arch: Architecture,
  lock: Lock,
  places: ImagePlaces,
  said: (line: string) => void = () => {},
): Promise<TrimmedKernel> {
  const wanted = await wantedOptions(arch, places);
  const compiler = await kernelCompiler(lock, places);
  const deb = kernelSourceDeb(lock);
  const inputs = [RECIPE, arch, allConfig(wanted), compiler.hash, deb.sha256, lock.time];
  const folder = await made(places.cache, "kernel-steppps", inputs, async (work) => {
    const { folder: source } = await kernelSource(lock, compiler.env, places);
    const build = join(work, "build");
    await mkdir(build);
    const make = (...args: readonly string[]) =>
      run("make", ["-C", source, `O=${build}`, ...makeArguments(arch), ...args], {
        env: { ...compiler.env, ...reproducible(lock.time), KCONFIG_ALLCONFIG: join(work, "wanted") },
        onLine: said,
      });
    await writeFile(join(work, "wanted"), allConfig(wanted));
    await make("allnoconfig");
    const config = await readFile(join(build, ".config"), "utf8");
    requireConfig(wanted, config);
    const { target, image, deviceTrees } = BUILDS[arch];
    await make(`-j${availableParallelism()}`, target, ...deviceTrees);
    await cp(join(build, image), join(work, "image"));
    for (const path of deviceTrees) await cp(join(build, "arch", arch, "boot/dts", path), join(work, "dtbs", path));
    await writeFile(join(work, "config"), config);
    await rm(build, { recursive: true });
  });
  return {
    image: join(folder, "image"),
    deviceTrees: join(folder, "dtbs"),
    config: join(folder, "config"),
    hash: basename(folder),
    debs: [deb],
  };
}

/** What `kernel/configs` asks for, on every machine and on this one. */
async function wantedOptions(arch: Architecture, places: ImagePlaces): Promise<WantedOption[]> {
  const files = ["common", arch].map((name) => readFile(join(places.root, "kernel/configs", `${name}.config`), "utf8"));
  return (await Promise.all(files)).flatMap(parseFragment);
}

function makeArguments(arch: Architecture): string[] {
  return [`ARCH=${arch}`, `CROSS_COMPILE=${MACHINES[arch]}-linux-gnu-`, "HOSTCC=hostcc"];
}

/** Linux's Documentation/kbuild/reproducible-builds.rst. */
function reproducible(time: number): NodeJS.ProcessEnv {
  return {
    KBUILD_BUILD_TIMESTAMP: `${new Date(time * 1000).toUTCString()}`,
    KBUILD_BUILD_USER: "steppps",
    KBUILD_BUILD_HOST: "edge",
    KBUILD_BUILD_VERSION: "1",
    SOURCE_DATE_EPOCH: `${time}`,
  };
}
