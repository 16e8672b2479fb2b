import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { hostArch, lockedDebs } from "../lock/lock.ts";
import type { Group, Lock } from "../lock/schema.ts";
import { MACHINES } from "../rootfs/architecture.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import { toolset } from "../toolset/toolset.ts";

/** Programs that compile kernels, of the pinned release. */
export interface KernelCompiler {
  /** With these in front of the machine's own programs, of which POSIX's and gzip are used. */
  readonly env: NodeJS.ProcessEnv;
  /** Names the programs: the same ones make the same kernel. */
  readonly hash: readonly string[];
}

const RECIPE = 1;
const GROUPS: readonly Group[] = ["tools", "kernel-tools"];
const GCC = "14";
const TRIPLETS = Object.values(MACHINES).map((machine) => `${machine}-linux-gnu`);
const PROGRAMS = ["make", "flex", "bison", "m4", "bc", "perl", "zstd", "xz"] as const;
/** Texts that name libraries by their place below /. */
const LINKER_SCRIPTS = ["libc.so", "libm.so"] as const;
const BINUTILS = ["ar", "as", "ld", "nm", "objcopy", "objdump", "readelf", "strip"] as const;

/**
 * Debian's gcc and what else a kernel is compiled with, out of the lock and not installed. Each program is started through a script,
 * by the release's own loader and with its own C library; those that gcc starts by itself it finds in a folder of such scripts.
 *
 *     bin/make  bin/x86_64-linux-gnu-ld  bin/x86_64-linux-gnu-gcc …
 *     bin/hostcc                   gcc for what runs during the build
 *     x86_64-linux-gnu/{cc1,collect2,as,ld}
 *     lib/{libc.so,libm.so}        for hostcc: where the C library is, whatever the machine has as its own
 */
export async function kernelCompiler(lock: Lock, places: ImagePlaces): Promise<KernelCompiler> {
  const { root, command } = await toolset(lock, places, GROUPS);
  const [loader = "", option = "", libraries = ""] = command("make");
  const usr = (path: string) => join(root, "usr", path);
  const start = (name: string, file: string, more = "") =>
    `#!/bin/sh\nexec ${[loader, option, libraries, "--argv0", name, file].map(quoted).join(" ")} ${more} "$@"\n`;
  const host = `${MACHINES[hostArch() === "arm64" ? "arm64" : "x86_64"]}-linux-gnu`;
  const home = await made(places.cache, "kernel-compiler", [RECIPE, root], async (work) => {
    const put = (path: string, text: string) => writeFile(join(work, path), text, { mode: 0o755 });
    await mkdir(join(work, "bin"));
    for (const program of PROGRAMS) await put(`bin/${program}`, start(program, usr(`bin/${program}`)));
    for (const triplet of TRIPLETS) {
      const gcc = usr(`bin/${triplet}-gcc-${GCC}`);
      const itsParts = `-B"\${0%/*}/../${triplet}/"`;
      const compiler = (more: string) => start(gcc, gcc, `${itsParts} ${more}`);
      await put(`bin/${triplet}-gcc`, compiler(""));
      if (triplet === host) await put("bin/hostcc", compiler(runsHere(root, loader, libraries)));
      for (const name of BINUTILS) await put(`bin/${triplet}-${name}`, start(name, usr(`bin/${triplet}-${name}`)));
      await mkdir(join(work, triplet));
      for (const name of ["as", "ld"]) await put(`${triplet}/${name}`, start(name, usr(`bin/${triplet}-${name}`)));
      const parts = usr(`libexec/${triplet === host ? "gcc" : "gcc-cross"}/${triplet}/${GCC}`);
      for (const name of ["cc1", "collect2"]) await put(`${triplet}/${name}`, start(join(parts, name), join(parts, name)));
    }
    await mkdir(join(work, "lib"));
    for (const name of LINKER_SCRIPTS) {
      const script = await readFile(join(libraries, name), "utf8");
      await writeFile(join(work, "lib", name), script.replaceAll(/(?<=\s)(?:\/usr)?(?=\/lib)/g, join(root, "usr")));
    }
  });
  const { PATH = "" } = process.env;
  const env = {
    ...process.env,
    PATH: [join(home, "bin"), PATH].join(delimiter),
    // Where they look for their own files and for each other, in place of /usr.
    BISON_PKGDATADIR: usr("share/bison"),
    M4: join(home, "bin/m4"),
    PERL5LIB: usr(`lib/${host}/perl-base`),
    LC_ALL: "C",
  };
  return { env, hash: GROUPS.flatMap((group) => lockedDebs(lock, group, hostArch())).map(({ sha256 }) => sha256) };
}

/** What is linked so runs with the C library that it was linked with. */
function runsHere(root: string, loader: string, libraries: string): string {
  const words = [`--sysroot=${root}`, `-Wl,--dynamic-linker=${loader}`, `-Wl,-rpath,${libraries}`];
  return `${words.map(quoted).join(" ")} -L"\${0%/*}/../lib"`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
