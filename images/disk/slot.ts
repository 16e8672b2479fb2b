import { join } from "node:path";
import type { Board } from "../../board-support/index.ts";
import type { BoardFacts, Verity } from "../../runtime/contract/index.ts";
import { initramfsFile, MODULES } from "../initramfs/index.ts";
import { buildInit, buildLayerProgram } from "../kernel/init.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { kernelOf } from "../kernel/kernels.ts";
import { lockedDeb } from "../lock/lock.ts";
import type { Lock, LockedDeb } from "../lock/schema.ts";
import type { InstalledApk } from "../rootfs/apk-database.ts";
import { DEB_ARCHES } from "../rootfs/architecture.ts";
import { type Compression, type RootImage, rootImage } from "../rootfs/erofs.ts";
import { rootFolder } from "../rootfs/root-folder.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { BundledPackage } from "../supervisor/bundle.ts";
import type { Toolset } from "../toolset/toolset.ts";

/** What one version of an image is: all that goes into a slot, as files. */
export interface SlotContents {
  readonly board: Board;
  readonly facts: BoardFacts;
  readonly root: RootImage;
  readonly rootFolder: string;
  /** By the name in the slot's folder on the boot partition. */
  readonly files: { readonly kernel: string; readonly initramfs: string; readonly "board.dtb"?: string };
  /** With {slot} where the slot's letter belongs. */
  readonly commandLine: string;
  readonly kernel: Kernel;
  readonly packages: readonly InstalledApk[];
  readonly npm: readonly BundledPackage[];
  /** Kernel, and what the boot partition has of Debian's. */
  readonly debian: readonly LockedDeb[];
}

export interface SlotOptions {
  readonly version: string;
  readonly compression: Compression;
  /** In place of the board's own. */
  readonly kernel?: Kernel | undefined;
}

export async function slotContents(
  board: Board,
  { version, compression, kernel: given }: SlotOptions,
  lock: Lock,
  tools: Toolset,
  places: ImagePlaces,
): Promise<SlotContents> {
  const { arch, bootControl, deviceTree } = board;
  const facts: BoardFacts = { board: board.name, bootControl, version, buildTime: lock.time, arch };
  const init = await buildInit(arch, lock, places);
  const layerProgram = await buildLayerProgram(arch, lock, places);
  const kernel = given ?? (await kernelOf(board.kernel, arch, lock, places));
  const { folder, packages, npm } = await rootFolder({ facts, init, layerProgram }, lock, tools, places);
  const root = await rootImage(folder, lock.time, compression, tools, places);
  const initramfs = await initramfsFile(kernel, init, MODULES[board.drivers], tools, places);
  return {
    board,
    facts,
    root,
    rootFolder: folder,
    files: {
      kernel: kernel.image,
      initramfs,
      ...(deviceTree !== undefined && { "board.dtb": deviceTreeFile(kernel, deviceTree) }),
    },
    commandLine: commandLine(board, root),
    kernel,
    packages,
    npm,
    debian: [...(kernel.debs ?? []), ...bootPackages(board, lock)],
  };
}

/** Packages that files of the boot partition come from. */
function bootPackages({ bootFiles, arch }: Board, lock: Lock): LockedDeb[] {
  const names = bootFiles.flatMap((file) => ("package" in file ? file.package : []));
  return [...new Set(names)].map((name) => lockedDeb(lock, name, DEB_ARCHES[arch]));
}

/** Throws where the kernel has no such device tree. */
export function deviceTreeFile({ deviceTree, deviceTrees }: Kernel, name: string): string {
  if (deviceTree !== undefined) return deviceTree;
  if (deviceTrees === undefined) throw new Error(`the kernel brings no device trees, so there is no ${name}`);
  return join(deviceTrees, name);
}

/** The kernel's: PID 1 reads from it what the root must be. */
export function commandLine(board: Board, { rootHash, salt, dataBlocks, hashOffset }: Verity): string {
  const own = ["quiet", "panic=5", "steppps.slot={slot}", `steppps.verity=${rootHash},${salt},${dataBlocks},${hashOffset}`];
  return [...own, ...board.commandLine].join(" ");
}
