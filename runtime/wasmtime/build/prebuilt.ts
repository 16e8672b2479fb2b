import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Compiler } from "./compiler.ts";
import { run } from "./run.ts";

const STAMP = "fingerprint";

/**
 * Makes the folder `home` with `make` unless it is there and was made from what `wanted` names.
 *
 * The finished folder takes the old one's place by a rename: a process that has something of the old one open keeps it.
 */
export async function madeFolder(home: string, wanted: string, make: (work: string) => Promise<void>): Promise<void> {
  if (readIfThere(join(home, STAMP)) === wanted) return;
  await mkdir(dirname(home), { recursive: true });
  const work = await mkdtemp(`${home}-`);
  try {
    await make(work);
    await writeFile(join(work, STAMP), wanted);
    await chmod(work, 0o755);
    await replaceFolder(home, work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Compiles each .cc of the folder `sources` into the folder `objects`, which it makes; returns the objects. */
export async function compileFolder(
  compiler: Compiler,
  sources: string,
  objects: string,
  flags: readonly string[] = [],
): Promise<string[]> {
  await mkdir(objects);
  const queue = (await readdir(sources)).filter((name) => name.endsWith(".cc"));
  const made = queue.map((name) => join(objects, `${basename(name, ".cc")}.o`));
  const worker = async (): Promise<void> => {
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const output = join(objects, `${basename(name, ".cc")}.o`);
      await run(compiler.command, [...compiler.args, ...flags, "-c", join(sources, name), "-o", output], compiler.env);
    }
  };
  // All of them are waited for, also after one has failed: the folder they write to is about to go.
  const workers = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
  for (const outcome of workers) if (outcome.status === "rejected") throw outcome.reason;
  return made;
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
