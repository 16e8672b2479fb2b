import type { ErrorTable } from "./table.ts";

/** A kernel that somebody brings for an image, in place of those that are built or fetched. */
export const kernelErrors = {
  E_KERNEL_FOLDER: {
    what: "The kernel's folder is not complete",
    why: "It has Image, modules/<version>, and board.dtb for boards whose firmware brings no device tree",
    fix: "Copy what the detail names there; docs/boards.md shows the folder and where its files come from",
  },
  E_KERNEL_FORMAT: {
    what: "The file is not what a board is started from",
    why: "Image is a kernel for 64-bit Arm as its build leaves it, not compressed, and board.dtb a flattened device tree",
    fix: "Take arch/arm64/boot/Image and the .dtb of the kernel's build, or those in Linux_for_Tegra/kernel",
  },
  E_KERNEL_ARCH: {
    what: "The kernel is for another kind of processor",
    why: "Its code, or that of its modules, could not run on the board",
    fix: "Bring the kernel and the modules that were built for the board",
  },
  E_KERNEL_MODULES: {
    what: "The modules are not those of this kernel",
    why: "A kernel loads only modules of its own version, and without them the board finds no disk",
    fix: "Copy Image and lib/modules/<version> from one and the same build",
  },
  E_KERNEL_DRIVER: {
    what: "The kernel can't start this image",
    why: "It needs an initramfs, the file systems of the image and dm-verity, built in or as modules",
    fix: "Build the kernel with what the detail names; docs/boards.md lists the options",
  },
} as const satisfies ErrorTable;
