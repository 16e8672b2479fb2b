import { copyFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Compiler, compilerFor } from "../../wasmtime/build/compiler.ts";
import { fingerprintOf } from "../../wasmtime/build/fingerprint.ts";
import { defaultPlaces, type Places } from "../../wasmtime/build/places.ts";
import { compileFolder, madeFolder } from "../../wasmtime/build/prebuilt.ts";
import { run } from "../../wasmtime/build/run.ts";
import { parseTarget, type Target, thisTarget } from "../../wasmtime/build/targets.ts";
import { unpackedWheel, wheelOf } from "../../wasmtime/build/wheel.ts";
import lock from "./lock.json" with { type: "json" };

const ROOM = fileURLToPath(new URL("..", import.meta.url));

/** The worker and what it loads. */
export interface WorkerFiles {
  readonly program: string;
  readonly library: string;
}

/** ONNX Runtime's library is for glibc: on a musl system the worker runs in a layer that has one. */
export function workerTarget(target: Target): Target {
  return parseTarget(target.replace("musl", "gnu"));
}

/** Makes the worker for `target`, with ONNX Runtime's library and licence beside it, unless it is there and up to date. */
export async function buildWorker(
  target: Target = workerTarget(thisTarget()),
  places: Places = defaultPlaces(),
): Promise<WorkerFiles> {
  const home = join(ROOM, "prebuilt", target);
  const sources = join(ROOM, "worker");
  const wanted = fingerprintOf(target, [sources, join(ROOM, "build"), join(places.root, "build")]);
  await madeFolder(home, wanted, async (work) => {
    const [compiler] = await Promise.all([compilerFor(target, places), placeRuntime(target, work, places)]);
    process.stderr.write(`compiling the inference worker for ${target}\n`);
    const objects = join(work, "objects");
    await link(compiler, await compileFolder(compiler, sources, objects), join(work, PROGRAM));
    await rm(objects, { recursive: true });
  });
  return { program: join(home, PROGRAM), library: join(home, LIBRARY) };
}

const PROGRAM = "steppps-infer";
const LIBRARY = "libonnxruntime.so";

async function link(compiler: Compiler, objects: readonly string[], output: string): Promise<void> {
  const flags = ["-pie", "-Wl,-z,relro,-z,now", "-ldl", "-lpthread"];
  await run(compiler.command, [...compiler.args, ...objects, ...flags, "-o", output], compiler.env);
}

async function placeRuntime(target: Target, folder: string, places: Places): Promise<void> {
  const wheel = wheelOf(lock, "onnxruntime", target);
  const home = join(await unpackedWheel(wheel, places.cache), "onnxruntime");
  copyFileSync(join(home, "capi", `libonnxruntime.so.${wheel.version}`), join(folder, LIBRARY));
  for (const name of ["LICENSE", "ThirdPartyNotices.txt"]) copyFileSync(join(home, name), join(folder, `${name}-onnxruntime`));
}
