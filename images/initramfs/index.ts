import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kernel } from "../kernel/debian.ts";
import { fileHash } from "../steps/file-hash.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { writeInitramfs } from "./initramfs.ts";
import { ModuleTree } from "./module-tree.ts";
import type { ModuleChoice } from "./modules.ts";

export { MODULES, type ModuleChoice } from "./modules.ts";

/** The initramfs file for a kernel, or undefined for one that needs none. */
export async function initramfsFile(
  kernel: Kernel,
  init: string,
  choice: ModuleChoice,
  tools: Toolset,
  places: ImagePlaces,
): Promise<string | undefined> {
  const { modules } = kernel;
  if (modules === undefined) return undefined;
  const inputs = [1, kernel.hash, await fileHash(init), choice];
  const folder = await made(places.cache, "initramfs", inputs, async (work) => {
    const bytes = await writeInitramfs(await readFile(init), await ModuleTree.open(modules, tools.command("xz")), choice);
    await writeFile(join(work, "initramfs"), bytes);
  });
  return join(folder, "initramfs");
}
