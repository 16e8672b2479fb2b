import { type Board, GIGABYTE } from "./board.ts";
import { SYSTEMD_BOOT } from "./systemd-boot.ts";

/** Any x86_64 machine with UEFI, from a USB stick or its own disk. Secure boot has to be off: nothing here is signed by Microsoft. */
export const pc: Board = {
  name: "pc",
  title: "PC with UEFI, x86_64",
  arch: "x86_64",
  bootControl: "systemd-boot",
  kernel: "debian-rt",
  drivers: "pc",
  commandLine: ["console=ttyS0,115200", "console=tty0"],
  bootFiles: [SYSTEMD_BOOT.x86_64],
  layout: { boot: { size: 192, type: "esp" }, root: { size: 192 }, data: { size: 64 } },
  smallestMedium: 2 * GIGABYTE,
  tested: { emulated: "starts by UEFI from USB, installs itself to a disk, starts from that", hardware: "not yet" },
};
