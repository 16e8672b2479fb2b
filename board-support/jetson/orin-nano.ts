import { type Board, GIGABYTE } from "../board.ts";
import { SYSTEMD_BOOT } from "../systemd-boot.ts";

/** NVIDIA's UEFI in its flash starts systemd-boot, which counts the tries. */
export const jetsonOrinNano: Board = {
  name: "jetson-orin-nano",
  title: "NVIDIA Jetson Orin Nano",
  arch: "arm64",
  bootControl: "systemd-boot",
  kernel: "debian-rt-next",
  caution:
    "Debian's kernel has no drivers for its clocks (TEGRA_HSP_MBOX, TEGRA_BPMP) and can't start it: bring NVIDIA's, --kernel l4t",
  drivers: "jetson",
  commandLine: ["console=ttyTCU0,115200", "console=tty0"],
  bootFiles: [SYSTEMD_BOOT.arm64],
  layout: { boot: { size: 256, type: "esp" }, root: { size: 192 }, data: { size: 64 } },
  smallestMedium: 4 * GIGABYTE,
  tested: { emulated: "no emulator has this board", hardware: "not yet; can't start with Debian's kernel" },
};
