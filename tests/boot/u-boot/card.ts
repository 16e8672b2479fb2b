import { mkdir, open, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { uBootImage } from "../../../images/formats/uimage.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import { bootControl, linuxBootVolume, uBootScript } from "../../../runtime/platform/index.ts";
import { standInKernel } from "./stand-in-kernel.ts";

/** Bytes of the FAT, and where it begins. */
const SIZE = 40 << 20;
const START = 1 << 20;

/** A board's card: a folder that becomes the boot partition, with version 1 in slot a and version 2 in slot b, which is on trial. */
export async function bootFolder(folder: string) {
  const parts = join(folder, "parts");
  for (const path of [folder, parts]) await mkdir(path, { recursive: true });
  const path = join(folder, "boot");
  await mkdir(path);
  await writeFile(join(path, "boot.scr"), uBootImage(uBootScript("virtio 0:1"), 0));
  const control = bootControl("u-boot", linuxBootVolume({ path, remount: false }));
  for (const slot of ["a", "b"] as const) {
    const [kernel, initramfs] = [join(parts, `kernel-${slot}`), join(parts, `initramfs-${slot}`)];
    await writeFile(kernel, standInKernel(`slot ${slot} is started`));
    await writeFile(initramfs, Buffer.alloc(100_000, slot));
    await control.stage(slot, { files: { kernel, initramfs }, commandLine: `quiet steppps.slot=${slot}` });
    if (slot === "a") await control.bless(slot);
    else await control.try(slot);
  }
  return { path, control };
}

/** Makes a disk with a GPT of the folder. */
export async function writeCard(folder: string, disk: string, tools: Toolset): Promise<void> {
  const fat = `${disk}.fat`;
  for (const [file, size] of [
    [fat, SIZE],
    [disk, SIZE + 2 * START],
  ] as const) {
    await rm(file, { force: true });
    await writeFile(file, "");
    await truncate(file, size);
  }
  await tools.run("mkfs.vfat", ["-F", "32", "-s", "1", fat]);
  await tools.run("mcopy", ["-i", fat, "-s", ...["boot.scr", "a", "b"].map((name) => join(folder, name)), "::/"]);
  for (const name of await marksIn(folder)) await tools.run("mcopy", ["-i", fat, join(folder, name), "::/"]);
  const script = `label: gpt\nunit: sectors\nstart=${START / 512}, size=${SIZE / 512}, name=boot, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\n`;
  await tools.run("sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", disk], { input: script });
  await using file = await open(disk, "r+");
  const content = await readFile(fat);
  await file.write(content, 0, content.length, START);
}

async function marksIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => MARK.test(name));
}

/** Which slot is to be started, as U-Boot has left it. */
export async function marksOn(disk: string, tools: Toolset): Promise<string[]> {
  const said = await tools.run("mdir", ["-i", `${disk}@@${START}`, "-b", "::/"]);
  const names = said.split("\n").map((line) => line.replace("::/", ""));
  return names.filter((name) => MARK.test(name)).sort();
}

const MARK = /^(?:slot-b|try-[ab]-\d)$/;
