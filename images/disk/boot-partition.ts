import { copyFile, mkdir, mkdtemp, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BootFile } from "../../board-support/index.ts";
import { bootControl, installSteps, linuxBootVolume, uBootScript } from "../../runtime/platform/index.ts";
import { uBootImage } from "../formats/uimage.ts";
import { packageFolder } from "../lock/package-folder.ts";
import type { Lock } from "../lock/schema.ts";
import { DEB_ARCHES } from "../rootfs/architecture.ts";
import { entriesOf } from "../steps/entries.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { deviceTreeFile, type SlotContents } from "./slot.ts";

/** As it shows in a file manager: people look for it. */
export const BOOT_LABEL = "STEPPPS";

export interface BootPartition {
  /** Bytes. */
  readonly size: number;
  /** The number that FAT is known by, eight hexadecimal digits. */
  readonly volumeId: string;
  /** Files for people, such as steppps.yaml, by path. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Writes the boot partition to `file`: firmware and loader, slot a with the image, and the files for people. */
export async function writeBootPartition(
  slot: SlotContents,
  { size, volumeId, extra }: BootPartition,
  file: string,
  lock: Lock,
  tools: Toolset,
  places: ImagePlaces,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "steppps-boot-"));
  try {
    await writeBootFolder(slot, extra, folder, lock, places);
    await writeFat(folder, file, size, volumeId, lock.time, tools);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same as files in a folder. */
export async function writeBootFolder(
  slot: SlotContents,
  extra: Readonly<Record<string, string>>,
  folder: string,
  lock: Lock,
  places: ImagePlaces,
): Promise<void> {
  const { board, files, commandLine } = slot;
  for (const bootFile of board.bootFiles) {
    const to = join(folder, bootFile.path);
    await mkdir(dirname(to), { recursive: true });
    await placeBootFile(bootFile, slot, to, lock, places);
  }
  // The device's own code lays out the slot: the loader finds here what it will find after every update.
  const volume = linuxBootVolume({ path: folder, remount: false });
  await volume.change(installSteps(board.bootControl));
  const control = bootControl(board.bootControl, volume);
  await control.stage("a", { files: files as Readonly<Record<string, string>>, commandLine });
  // The firmware's variables are the board's: those of a new Jetson name slot a.
  if (board.bootControl !== "jetson") await control.bless("a");
  for (const [path, text] of Object.entries(extra)) await writeFile(join(folder, path), text);
}

async function placeBootFile(file: BootFile, slot: SlotContents, to: string, lock: Lock, places: ImagePlaces): Promise<void> {
  if ("text" in file) return writeFile(to, file.text);
  if ("uBootScript" in file) return writeFile(to, uBootImage(uBootScript(file.uBootScript.device), lock.time));
  if ("deviceTree" in file) return copyFile(deviceTreeFile(slot.kernel, file.deviceTree), to);
  const unpacked = await packageFolder(file.package, DEB_ARCHES[slot.board.arch], lock, places);
  return copyFile(join(unpacked, file.member), to);
}

/** A FAT32 with a folder's content, the same bytes for the same files. */
async function writeFat(
  folder: string,
  file: string,
  size: number,
  volumeId: string,
  time: number,
  tools: Toolset,
): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, "");
  await truncate(file, size);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(time), TZ: "UTC" };
  await tools.run("mkfs.vfat", ["-F", "32", "-s", "1", "-n", BOOT_LABEL, "-i", volumeId, file], { env });
  // One by one: what mcopy takes of a folder at once comes in the order of that folder's own file system.
  for (const { path, entry } of await entriesOf(folder)) {
    await utimes(join(folder, path), time, time);
    if (entry.isDirectory()) await tools.run("mmd", ["-i", file, `::/${path}`], { env });
    else await tools.run("mcopy", ["-i", file, "-m", "-Q", join(folder, path), `::/${path}`], { env });
  }
}
