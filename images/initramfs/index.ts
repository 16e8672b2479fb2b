import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kernel } from "../kernel/kernel.ts";
import { fileHash } from "../steps/file-hash.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { modulesOf, writeInitramfs } from "./initramfs.ts";
import { ModuleTree } from "./module-tree.ts";
import type { ModuleChoice } from "./modules.ts";

export { MODULES, type ModuleChoice } from "./modules.ts";

/** The initramfs file for a kernel: PID 1, and the modules that it needs, when it has any. */
export async function initramfsFile(
  kernel: Kernel,
  init: string,
  choice: ModuleChoice,
  tools: Toolset,
  places: ImagePlaces,
): Promise<string> {
  const { modules } = kernel;
  const inputs = [3, await fileHash(init), modules === undefined ? null : [kernel.hash, choice]];
  const folder = await made(places.cache, "initramfs", inputs, async (work) => {
    const tree = modules === undefined ? undefined : await ModuleTree.open(modules, tools.command("xz"));
    await writeFile(join(work, "initramfs"), writeInitramfs(await readFile(init), tree && (await modulesOf(tree, choice))));
  });
  return join(folder, "initramfs");
}
