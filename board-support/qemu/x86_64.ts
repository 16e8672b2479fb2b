import type { Board } from "../board.ts";
import { SYSTEMD_BOOT } from "../systemd-boot.ts";
import { VIRTUAL } from "./virtual.ts";

/** The emulator itself does what a boot loader would: the quick way. */
export const qemuX86: Board = {
  ...VIRTUAL,
  name: "qemu-x86_64",
  title: "QEMU, machine q35, x86_64",
  arch: "x86_64",
  bootControl: "direct",
  commandLine: ["console=ttyS0"],
  bootFiles: [],
  tested: { emulated: "starts, handles messages, is updated, goes back", hardware: "there is none" },
};

/** The same, started by UEFI from its disk. */
export const qemuX86Uefi: Board = {
  ...qemuX86,
  name: "qemu-x86_64-uefi",
  title: "QEMU, machine q35, x86_64, started by UEFI",
  bootControl: "systemd-boot",
  bootFiles: [SYSTEMD_BOOT.x86_64],
};
