import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Board } from "../../board-support/index.ts";
import { StepppsError } from "../../runtime/contract/index.ts";
import { readDeviceTree } from "../formats/device-tree.ts";
import { MODULES } from "../initramfs/index.ts";
import { missingIn, modulesOf } from "../initramfs/initramfs.ts";
import { ModuleTree } from "../initramfs/module-tree.ts";
import { folderHash } from "../steps/folder-hash.ts";
import type { Toolset } from "../toolset/toolset.ts";
import type { Kernel } from "./kernel.ts";

/** Linux's Documentation/arch/arm64/booting.rst: "ARM\x64" in an Image's head. */
const ARM64_MAGIC = { at: 56, text: "ARM\x64" } as const;
/** Linux's Documentation/arch/x86/boot.rst. */
const X86_MAGIC = { at: 0x202, text: "HdrS" } as const;
/** e_machine of an ELF file, and its value for 64-bit Arm. */
const ELF_MACHINE = { at: 18, arm64: 183 } as const;
/** The first whose erofs reads the clusters of our root. */
const OLDEST = [5, 13] as const;

/**
 * A kernel that somebody brings for a board, such as NVIDIA's own (l4t):
 *
 *     Image                    for 64-bit Arm, not compressed
 *     board.dtb                where `board.deviceTree` says that the firmware brings none
 *     modules/<version>/       as /lib/modules/<version>: modules.builtin, kernel/…/*.ko
 *
 * All of it is held against the rest before anything is built. Throws E_KERNEL_FOLDER, E_KERNEL_FORMAT, E_KERNEL_ARCH,
 * E_KERNEL_MODULES, E_KERNEL_DRIVER.
 */
export async function suppliedKernel(folder: string, board: Board, tools: Toolset): Promise<Kernel> {
  const image = join(folder, "Image");
  const code = await fileOf(image);
  checkImage(code, image);
  const version = await versionIn(join(folder, "modules"));
  if (!code.includes(`Linux version ${version} `)) throw new StepppsError("E_KERNEL_MODULES", `${image} is not ${version}`);
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new StepppsError("E_KERNEL_DRIVER", `${version} is older than ${OLDEST.join(".")}`);
  const modules = join(folder, "modules", version);
  await checkModules(modules, board, tools);
  const deviceTree = board.deviceTree === undefined ? undefined : join(folder, "board.dtb");
  if (deviceTree !== undefined) checkDeviceTree(await fileOf(deviceTree), deviceTree);
  const sha256 = createHash("sha256").update(code).digest("hex");
  return {
    image,
    modules,
    ...(deviceTree !== undefined && { deviceTree }),
    hash: `${sha256} ${await folderHash(modules)}`,
    supplied: { version, sha256 },
  };
}

async function fileOf(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new StepppsError("E_KERNEL_FOLDER", `${path} can't be read (${cause.code})`, { cause });
  });
}

function checkImage(code: Buffer, path: string): void {
  const has = ({ at, text }: { readonly at: number; readonly text: string }) =>
    code.toString("latin1", at, at + text.length) === text;
  if (has(ARM64_MAGIC)) return;
  if (has(X86_MAGIC)) throw new StepppsError("E_KERNEL_ARCH", `${path} is for x86`);
  const packed = code[0] === 0x1f && code[1] === 0x8b;
  throw new StepppsError("E_KERNEL_FORMAT", packed ? `${path} is compressed: unpack it with gunzip` : `${path} is no kernel`);
}

/** The one that there are modules of. */
async function versionIn(folder: string): Promise<string> {
  const versions = await readdir(folder).catch(() => []);
  const [version, ...others] = versions;
  if (version === undefined) throw new StepppsError("E_KERNEL_FOLDER", `${folder} has no folder of a kernel's version`);
  if (others.length > 0) throw new StepppsError("E_KERNEL_FOLDER", `${folder} has more than one: ${versions.join(", ")}`);
  if (!existsSync(join(folder, version, "modules.builtin")))
    throw new StepppsError("E_KERNEL_FOLDER", `${folder}/${version} has no modules.builtin`);
  return version;
}

/** Those that an image takes. */
async function checkModules(folder: string, board: Board, tools: Toolset): Promise<void> {
  const tree = await ModuleTree.open(folder, tools.command("xz"));
  const missing = missingIn(tree, MODULES[board.drivers]);
  if (missing.length > 0) throw new StepppsError("E_KERNEL_DRIVER", `${folder} has no ${missing.join(", ")}`);
  for (const entry of await modulesOf(tree, MODULES[board.drivers])) {
    if (entry.kind !== "file" || !entry.path.endsWith(".ko")) continue;
    const code = Buffer.from(entry.content.subarray(0, ELF_MACHINE.at + 2));
    if (code.toString("latin1", 1, 4) !== "ELF" || code.readUInt16LE(ELF_MACHINE.at) !== ELF_MACHINE.arm64)
      throw new StepppsError("E_KERNEL_ARCH", `${folder}: ${entry.path} is not for 64-bit Arm`);
  }
}

function checkDeviceTree(tree: Buffer, path: string): void {
  try {
    readDeviceTree(tree);
  } catch (cause) {
    throw new StepppsError("E_KERNEL_FORMAT", `${path}: ${(cause as Error).message}`, { cause });
  }
}
