import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readGpt } from "../formats/gpt.ts";
import type { Toolset } from "../toolset/toolset.ts";

/** The FAT partition of a disk image, while nothing runs from it. */
export interface Fat {
  readText(path: string): Promise<string>;
  writeText(path: string, content: string): Promise<void>;
  /** Copies a file out of it, to `to`. */
  extract(path: string, to: string): Promise<void>;
  list(folder: string): Promise<string[]>;
}

/** By mtools, which need neither root nor a mount; `work` is a folder for what passes through. */
export async function openFat(disk: string, work: string, tools: Toolset): Promise<Fat> {
  const boot = (await readGpt(disk)).find(({ name }) => name === "boot");
  if (!boot) throw new Error(`${disk} has no partition called boot`);
  const image = ["-i", `${disk}@@${boot.offset}`];
  return {
    readText: (path) => tools.run("mtype", [...image, `::${path}`]),
    async writeText(path, content) {
      const part = join(work, "fat-part");
      await writeFile(part, content);
      await tools.run("mcopy", [...image, "-o", part, `::${path}`]);
    },
    async extract(path, to) {
      await tools.run("mcopy", [...image, "-n", "-o", `::${path}`, to]);
    },
    async list(folder) {
      const said = await tools.run("mdir", [...image, "-b", `::${folder}`]);
      return said
        .split("\n")
        .filter(Boolean)
        .map((line) => line.replace(/\/$/, "").split("/").pop() as string);
    },
  };
}
