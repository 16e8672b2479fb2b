import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compilerFor, LINK_FLAGS } from "../../wasmtime/build/compiler.ts";
import { fingerprintOf } from "../../wasmtime/build/fingerprint.ts";
import { defaultPlaces, type Places } from "../../wasmtime/build/places.ts";
import { compileFolder, madeFolder } from "../../wasmtime/build/prebuilt.ts";
import { run } from "../../wasmtime/build/run.ts";
import { type Target, thisTarget } from "../../wasmtime/build/targets.ts";

const ROOM = fileURLToPath(new URL("..", import.meta.url));

/** Makes the addon of this room for `target` unless it is there and up to date. Returns its path. */
export async function buildMemoryAddon(target: Target = thisTarget(), places: Places = defaultPlaces()): Promise<string> {
  const home = join(ROOM, "prebuilt", target);
  const sources = join(ROOM, "native");
  const wanted = fingerprintOf(target, [sources, join(ROOM, "build"), join(places.root, "build")]);
  await madeFolder(home, wanted, async (work) => {
    const compiler = await compilerFor(target, places);
    process.stderr.write(`compiling the shared-memory addon for ${target}\n`);
    const objects = join(work, "objects");
    const made = await compileFolder(compiler, sources, objects, ["-I", places.nodeHeaders]);
    const output = join(work, "steppps_memory.node");
    await run(compiler.command, [...compiler.args, ...made, ...LINK_FLAGS, "-o", output], compiler.env);
    await rm(objects, { recursive: true });
  });
  return join(home, "steppps_memory.node");
}
