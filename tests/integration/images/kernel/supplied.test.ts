import { copyFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { slotContents } from "../../../../images/disk/slot.ts";
import { debianKernel } from "../../../../images/kernel/debian.ts";
import type { Kernel } from "../../../../images/kernel/kernel.ts";
import { suppliedKernel } from "../../../../images/kernel/supplied.ts";
import { image } from "../../../../images/verbs/image.ts";
import type { VerbContext } from "../../../../images/verbs/verb.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { boardOf, builder } from "../support.ts";

/** With empty caches two kernels are fetched and unpacked. */
const LONG = 900_000;
const [NANO, ORIN] = [boardOf("jetson-nano"), boardOf("jetson-orin-nano")];
let all: Awaited<ReturnType<typeof builder>>;
/** Debian's, which stands for one that somebody brings. */
let arm: Kernel;
let x86: Kernel;

beforeAll(async () => {
  all = await builder();
  arm = await debianKernel("arm64", all.lock, all.places);
  x86 = await debianKernel("x86_64", all.lock, all.places);
}, LONG);

/** A folder as the docs describe it. */
async function laidOut(folder: string): Promise<{ folder: string; image: string; tree: string; modules: string }> {
  const [image, tree] = [join(folder, "Image"), join(folder, "board.dtb")];
  const modules = join(folder, "modules", basename(arm.modules ?? ""));
  await mkdir(join(folder, "modules"));
  await copyFile(arm.image, image);
  await copyFile(join(arm.deviceTrees ?? "", NANO.deviceTree ?? ""), tree);
  await symlink(arm.modules ?? "", modules);
  return { folder, image, tree, modules };
}

type Laid = Awaited<ReturnType<typeof laidOut>>;

describe("a kernel that somebody brings", () => {
  test(
    "becomes the kernel of a board's slot, with its device tree and its modules",
    async () => {
      using temp = tempFolder("l4t");
      const laid = await laidOut(temp.path);
      const kernel = await suppliedKernel(laid.folder, NANO, all.tools);
      expect(kernel.supplied?.version).toBe(basename(arm.modules ?? ""));
      const options = { version: "1.0.0", compression: "lz4hc", kernel } as const;
      const { files, debian } = await slotContents(NANO, options, all.lock, all.tools, all.places);
      expect([files.kernel, files["board.dtb"]]).toEqual([laid.image, laid.tree]);
      expect(debian.filter(({ name }) => name.startsWith("linux-"))).toEqual([]);
      const own = await slotContents(NANO, { version: "1.0.0", compression: "lz4hc" }, all.lock, all.tools, all.places);
      expect(await readFile(files.initramfs)).toEqual(await readFile(own.files.initramfs));
    },
    LONG,
  );

  test("needs no device tree where the firmware has one", async () => {
    using temp = tempFolder("l4t");
    const { folder, tree } = await laidOut(temp.path);
    await rm(tree);
    await expect(suppliedKernel(folder, ORIN, all.tools)).resolves.toMatchObject({ image: join(folder, "Image") });
  });

  const cases: readonly (readonly [what: string, code: string, detail: string, change: (laid: Laid) => Promise<unknown>])[] = [
    ["no Image", "E_KERNEL_FOLDER", "Image can't be read (ENOENT)", ({ image }) => rm(image)],
    ["no modules", "E_KERNEL_FOLDER", "no folder of a kernel's version", ({ folder }) => rm(join(folder, "modules"), RECURSIVE)],
    ["two versions", "E_KERNEL_FOLDER", "more than one", ({ folder }) => mkdir(join(folder, "modules/5.15.0-tegra"))],
    ["no list of what is built in", "E_KERNEL_FOLDER", "no modules.builtin", ({ modules }) => emptied(modules)],
    ["no device tree", "E_KERNEL_FOLDER", "board.dtb can't be read", ({ tree }) => rm(tree)],
    ["a device tree that is cut short", "E_KERNEL_FORMAT", "board.dtb", ({ tree }) => cutShort(tree)],
    ["a device tree that is none", "E_KERNEL_FORMAT", "no device tree", ({ tree }) => writeFile(tree, "/dts-v1/;")],
    ["an Image that is none", "E_KERNEL_FORMAT", "is no kernel", ({ image }) => writeFile(image, "kernel")],
    ["a compressed Image", "E_KERNEL_FORMAT", "gunzip", ({ image }) => writeFile(image, gzipSync("kernel"))],
    ["an Image for x86", "E_KERNEL_ARCH", "x86", ({ image }) => copyFile(x86.image, image)],
    ["modules of another version", "E_KERNEL_MODULES", "5.15.0", ({ modules }) => rename(modules, join(modules, "../5.15.0"))],
    ["modules for x86", "E_KERNEL_ARCH", "not for 64-bit Arm", ({ modules }) => linkTo(x86.modules ?? "", modules)],
    ["a kernel without our file systems", "E_KERNEL_DRIVER", "dm-verity, loop, erofs", ({ modules }) => onlyBuiltIn(modules)],
    ["a kernel that is too old", "E_KERNEL_DRIVER", "older than 5.13", oldKernel],
  ];

  test.each(cases)(
    "with %s is refused",
    async (_what, code, detail, change) => {
      using temp = tempFolder("l4t");
      const laid = await laidOut(temp.path);
      await change(laid);
      const refused = suppliedKernel(laid.folder, NANO, all.tools);
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(detail) });
    },
    LONG,
  );
});

test.each([
  ["no folder", ["--board", "jetson-nano", "--kernel", "l4t"]],
  ["a folder for one of our kernels", ["--board", "jetson-nano", "--l4t", "x"]],
  ["a board that is none of NVIDIA's", ["--board", "pc", "--kernel", "l4t", "--l4t", "x"]],
  [
    "a compression that its erofs doesn't know",
    ["--board", "jetson-nano", "--kernel", "l4t", "--l4t", "x", "--compression", "zstd"],
  ],
])("npm run image refuses %s, before it does anything", async (_, args) => {
  const { places } = all;
  const signal = new AbortController().signal;
  const context: VerbContext = { places, env: {}, signal, cwd: "/", ask: async () => "", say: () => {}, print: () => {} };
  await expect(image.run(args, context)).rejects.toMatchObject({ code: "E_CLI_OPTION" });
});

const RECURSIVE = { recursive: true } as const;

async function emptied(modules: string): Promise<void> {
  await rm(modules);
  await mkdir(modules);
}

async function onlyBuiltIn(modules: string): Promise<void> {
  await emptied(modules);
  await writeFile(join(modules, "modules.builtin"), "kernel/fs/ext4/ext4.ko\n");
}

async function linkTo(target: string, modules: string): Promise<void> {
  await rm(modules);
  await symlink(target, modules);
}

async function cutShort(file: string): Promise<void> {
  const content = await readFile(file);
  await writeFile(file, content.subarray(0, content.length / 2));
}

async function oldKernel({ image, modules }: Laid): Promise<void> {
  const version = "4.9.253-tegra";
  const code = Buffer.alloc(4096);
  code.write("ARM\x64", 56, "latin1");
  code.write(`Linux version ${version} (buildbrain)`, 1024);
  await writeFile(image, code);
  await rename(modules, join(modules, "..", version));
  expect(await readdir(join(modules, ".."))).toEqual([version]);
}
