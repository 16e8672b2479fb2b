import type { BoardFacts, BootControlName } from "../runtime/contract/index.ts";

/** A machine that images are made for, as data. `boardFaults` says what must hold. */
export interface Board {
  /** As in `npm run image -- --board`. */
  readonly name: string;
  readonly title: string;
  readonly arch: BoardFacts["arch"];
  readonly bootControl: Exclude<BootControlName, "none">;
  readonly kernel: KernelName;
  /** What is known to be wrong with that kernel there: said to whoever builds the image. */
  readonly caution?: string;
  /** Which drivers its initramfs has. */
  readonly drivers: "virtual" | "raspberry-pi" | "jetson" | "pc";
  /** Below the kernel package's device trees; none where the firmware brings one. */
  readonly deviceTree?: string;
  /** Of the kernel's command line what is this board's own: its consoles, the last of which is /dev/console. */
  readonly commandLine: readonly string[];
  /** What the boot partition has beside the slots. */
  readonly bootFiles: readonly BootFile[];
  readonly layout: Layout;
  /** The smallest medium that is sold for it, in bytes: the image must fit. */
  readonly smallestMedium: number;
  /** As Raspberry Pi Imager calls the device. */
  readonly imagerDevices?: readonly string[];
  readonly tested: Tested;
}

/**
 * Kernels to choose from. "debian-rt-next" is that of Debian's next release: for boards that the present one doesn't know.
 * "steppps" is compiled here, which takes a while, and has all drivers built in.
 */
export const KERNELS = ["debian-rt", "debian-rt-next", "steppps"] as const;
export type KernelName = (typeof KERNELS)[number];

/** A file of the boot partition: out of a Debian package of the lock, or as it stands here. */
export type BootFile =
  | { readonly path: string; readonly package: string; readonly member: string }
  | { readonly path: string; readonly text: string }
  /** One of the kernel's device trees, for firmware that wants it beside itself. */
  | { readonly path: string; readonly deviceTree: string }
  /** U-Boot's script that chooses the slot, `device` as in "mmc 0:1". */
  | { readonly path: string; readonly uBootScript: { readonly device: string } };

/**
 * Partitions in MiB, one after the other from the first on; the data partition grows to the end of the medium at the first start.
 *
 *     │ 1 MiB: GPT │ boot (FAT32) │ root-a │ root-b │ data (ext4) │ 1 MiB: the GPT's copy │
 */
export interface Layout {
  readonly boot: { readonly size: number; readonly type: "esp" | "basic-data" };
  readonly root: { readonly size: number };
  readonly data: { readonly size: number };
}

/** What is known to work, in plain words. */
export interface Tested {
  /** What of it runs in CI. */
  readonly emulated: string;
  /** What was seen on the thing itself. */
  readonly hardware: string;
}

export const MEBIBYTE = 1024 * 1024;
export const GIGABYTE = 1_000_000_000;

/** A partition, in bytes from the medium's start. */
export interface Partition {
  readonly name: "boot" | "root-a" | "root-b" | "data";
  readonly start: number;
  readonly size: number;
}

/** The layout laid out. */
export function partitionsOf({ layout: { boot, root, data } }: Board): Partition[] {
  const sizes = [
    ["boot", boot.size],
    ["root-a", root.size],
    ["root-b", root.size],
    ["data", data.size],
  ] as const;
  let start = MEBIBYTE;
  return sizes.map(([name, mebibytes]) => {
    const partition = { name, start, size: mebibytes * MEBIBYTE };
    start += partition.size;
    return partition;
  });
}

/** Of the whole image, in bytes. */
export function imageSize(board: Board): number {
  const last = partitionsOf(board).at(-1) as Partition;
  return last.start + last.size + MEBIBYTE;
}

/** FAT32 has at least 65,525 clusters, here of 512 bytes. */
const SMALLEST_FAT32 = 34;

/** What of a board's data can't be right. */
export function boardFaults(board: Board): string[] {
  const { layout, bootFiles, commandLine, smallestMedium } = board;
  const sizes = [layout.boot.size, layout.root.size, layout.data.size];
  const paths = bootFiles.map(({ path }) => path.toLowerCase());
  return [
    ...(/^[a-z0-9][a-z0-9_-]{0,62}$/.test(board.name) ? [] : ["its name has other characters than a-z, 0-9, _ and -"]),
    ...(sizes.every((size) => Number.isInteger(size) && size > 0) ? [] : ["a partition's size is no whole number of MiB"]),
    ...(layout.boot.size >= SMALLEST_FAT32 ? [] : [`FAT32 needs ${SMALLEST_FAT32} MiB`]),
    ...(imageSize(board) <= smallestMedium ? [] : ["the image is larger than the smallest medium"]),
    ...(new Set(paths).size === paths.length ? [] : ["two boot files have names that FAT takes for one"]),
    ...(paths.some((path) => /^(?:[ab]\/|\/)|\.\./.test(path)) ? ["a boot file lies in a slot's folder or outside"] : []),
    ...(commandLine.some((word) => /\s|^(?:root|init|steppps)\b/.test(word)) ? ["its command line has what images add"] : []),
    ...(commandLine.some((word) => word.startsWith("console=")) ? [] : ["it has no console"]),
    ...(board.bootControl === "tryboot" && !bootFiles.some(({ path }) => path === "config.txt")
      ? ["tryboot needs config.txt"]
      : []),
    ...(board.bootControl === "u-boot" && !bootFiles.some((file) => "uBootScript" in file) ? ["U-Boot needs its script"] : []),
  ];
}
