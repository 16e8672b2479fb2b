import { rm } from "node:fs/promises";
import { join } from "node:path";
import { compilerFor, LINK_FLAGS } from "./compiler.ts";
import { fingerprint } from "./fingerprint.ts";
import { placeLibrary } from "./library.ts";
import { defaultPlaces, type Places, prebuilt } from "./places.ts";
import { compileFolder, madeFolder } from "./prebuilt.ts";
import { run } from "./run.ts";
import { type Target, thisTarget } from "./targets.ts";

/** Makes the addon for `target` unless it is there and up to date. Returns its path. */
export async function buildAddon(target: Target = thisTarget(), places: Places = defaultPlaces()): Promise<string> {
  const home = prebuilt(places, target);
  await madeFolder(home, fingerprint(target, places), async (work) => {
    const [compiler] = await Promise.all([compilerFor(target, places), placeLibrary(target, work, places)]);
    process.stderr.write(`compiling wasmtime-node for ${target}\n`);
    const objects = join(work, "objects");
    const made = await compileFolder(compiler, join(places.root, "native"), objects, ["-I", places.nodeHeaders]);
    const output = join(work, "wasmtime_node.node");
    // The library has no SONAME, so it is named by -l: a path here would end up in the addon.
    await run(compiler.command, [...compiler.args, ...made, "-L", work, "-lwasmtime", ...LINK_FLAGS, "-o", output], compiler.env);
    await rm(objects, { recursive: true });
  });
  return join(home, "wasmtime_node.node");
}
