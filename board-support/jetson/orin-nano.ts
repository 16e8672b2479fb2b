import { type Board, GIGABYTE } from "../board.ts";
import { SYSTEMD_BOOT } from "../systemd-boot.ts";

/** NVIDIA's UEFI in its flash starts systemd-boot, which counts the tries. Debian's kernel: inference on the CPU. */
export const jetsonOrinNano: Board = {
  name: "jetson-orin-nano",
  title: "NVIDIA Jetson Orin Nano",
  arch: "arm64",
  bootControl: "systemd-boot",
  kernel: "debian-rt-next",
  drivers: "jetson",
  commandLine: ["console=ttyTCU0,115200", "console=tty0"],
  bootFiles: [SYSTEMD_BOOT.arm64],
  layout: { boot: { size: 256, type: "esp" }, root: { size: 192 }, data: { size: 64 } },
  smallestMedium: 4 * GIGABYTE,
  tested: { emulated: "no emulator has this board", hardware: "not yet" },
};
