import { join } from "node:path";
import type { Slot } from "../../runtime/contract/index.ts";
import { chooseDirect } from "../../runtime/platform/index.ts";
import type { Fat } from "./fat.ts";
import type { DirectBoot } from "./machine.ts";

/** What a boot loader would do: chooses the slot to start, counts the try, and takes the slot's files from the FAT into `work`. */
export async function nextDirectBoot(fat: Fat, work: string): Promise<DirectBoot & { readonly slot: Slot }> {
  const { slot, content } = chooseDirect(await fat.readText("slots.txt"));
  await fat.writeText("slots.txt", content);
  const there = await fat.list(slot);
  const take = async (name: string) => {
    const file = join(work, name);
    await fat.extract(`${slot}/${name}`, file);
    return file;
  };
  const kernel = await take("kernel");
  const initramfs = there.includes("initramfs") ? await take("initramfs") : undefined;
  const commandLine = (await fat.readText(`${slot}/cmdline`)).trim();
  return { slot, kernel, initramfs, commandLine };
}
