import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Places } from "./places.ts";
import { type Target, thisTarget } from "./targets.ts";
import { lockedWheel, unpackedWheel } from "./wheel.ts";

/** The folder of Wasmtime's Python package for `target`: the library, and `_bindings.py` that states its C API. */
export async function wasmtimePackage(target: Target, places: Places): Promise<string> {
  return join(await unpackedWheel(lockedWheel("wasmtime", target), places.cache), "wasmtime");
}

/** Puts libwasmtime.so and its licence into `folder`; without symbols where a strip for the target is there. */
export async function placeLibrary(target: Target, folder: string, places: Places): Promise<void> {
  const home = await wasmtimePackage(target, places);
  const platform = (await readdir(home)).find((name) => name.startsWith("linux-"));
  if (!platform) throw new Error(`the wheel for ${target} holds no library`);
  const { version } = lockedWheel("wasmtime", target);
  copyFileSync(join(home, "..", `wasmtime-${version}.dist-info`, "licenses", "LICENSE"), join(folder, "LICENSE-wasmtime"));
  const library = join(folder, "libwasmtime.so");
  copyFileSync(join(home, platform, "_libwasmtime.so"), library);
  if (target.split("-")[0] !== thisTarget().split("-")[0]) return;
  try {
    execFileSync("strip", ["--strip-unneeded", library], { stdio: "ignore" });
  } catch {
    // no strip here: the library works as it is
  }
}
