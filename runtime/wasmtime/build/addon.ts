import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Compiler, compilerFor, LINK_FLAGS } from "./compiler.ts";
import { fingerprint } from "./fingerprint.ts";
import { placeLibrary } from "./library.ts";
import { defaultPlaces, type Places, prebuilt } from "./places.ts";
import { run } from "./run.ts";
import { type Target, thisTarget } from "./targets.ts";

const STAMP = "fingerprint";

/**
 * Makes the addon for `target` unless it is there and up to date. Returns its path.
 *
 * The finished folder takes the old one's place by a rename: a process that has the old one loaded keeps it.
 */
export async function buildAddon(target: Target = thisTarget(), places: Places = defaultPlaces()): Promise<string> {
  const home = prebuilt(places, target);
  const addon = join(home, "wasmtime_node.node");
  const wanted = fingerprint(target, places);
  if (existsSync(addon) && readIfThere(join(home, STAMP)) === wanted) return addon;

  await mkdir(dirname(home), { recursive: true });
  const work = await mkdtemp(`${home}-`);
  try {
    const [compiler] = await Promise.all([compilerFor(target, places), placeLibrary(target, work, places)]);
    process.stderr.write(`compiling wasmtime-node for ${target}\n`);
    await compile(compiler, work, places);
    await writeFile(join(work, STAMP), wanted);
    await chmod(work, 0o755);
    await replaceFolder(home, work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return addon;
}

// Another process may be building the same: whoever is last stays, and neither fails.
async function replaceFolder(home: string, work: string): Promise<void> {
  const ATTEMPTS = 5;
  for (let attempt = 1; ; attempt++) {
    await rm(home, { recursive: true, force: true });
    try {
      return await rename(work, home);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if ((code !== "ENOTEMPTY" && code !== "EEXIST") || attempt === ATTEMPTS) throw error;
    }
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

async function compile(compiler: Compiler, work: string, places: Places): Promise<void> {
  const native = join(places.root, "native");
  const objects = join(work, "objects");
  await mkdir(objects);
  const queue = (await readdir(native)).filter((name) => name.endsWith(".cc"));
  const made = queue.map((name) => join(objects, `${basename(name, ".cc")}.o`));
  const worker = async (): Promise<void> => {
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const output = join(objects, `${basename(name, ".cc")}.o`);
      await run(
        compiler.command,
        [...compiler.args, "-I", places.nodeHeaders, "-c", join(native, name), "-o", output],
        compiler.env,
      );
    }
  };
  // All of them are waited for, also after one has failed: the folder they write to is about to go.
  const workers = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
  for (const outcome of workers) if (outcome.status === "rejected") throw outcome.reason;
  const output = join(work, "wasmtime_node.node");
  // The library has no SONAME, so it is named by -l: a path here would end up in the addon.
  await run(compiler.command, [...compiler.args, ...made, "-L", work, "-lwasmtime", ...LINK_FLAGS, "-o", output], compiler.env);
  await rm(objects, { recursive: true });
}
