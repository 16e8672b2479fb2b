import type { Board } from "../board.ts";
import { SYSTEMD_BOOT } from "../systemd-boot.ts";
import { VIRTUAL } from "./virtual.ts";

/** The emulator itself does what a boot loader would: the quick way. */
export const qemuArm64: Board = {
  ...VIRTUAL,
  name: "qemu-arm64",
  title: "QEMU, machine virt, 64-bit Arm",
  arch: "arm64",
  bootControl: "direct",
  commandLine: ["console=ttyAMA0"],
  bootFiles: [],
  tested: { emulated: "starts, handles messages", hardware: "there is none" },
};

/** The same, started by UEFI from its disk. */
export const qemuArm64Uefi: Board = {
  ...qemuArm64,
  name: "qemu-arm64-uefi",
  title: "QEMU, machine virt, 64-bit Arm, started by UEFI",
  bootControl: "systemd-boot",
  // The firmware keeps the machine's clock to itself, and a real-time kernel asks it only when it is told to.
  commandLine: [...qemuArm64.commandLine, "efi=runtime"],
  bootFiles: [SYSTEMD_BOOT.arm64],
  tested: { emulated: "starts, handles messages", hardware: "there is none" },
};
