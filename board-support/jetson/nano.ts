import { type Board, GIGABYTE } from "../board.ts";

/** U-Boot in its flash (NVIDIA's for JetPack 4.6, or mainline's) looks for boot.scr on the card. */
export const jetsonNano: Board = {
  name: "jetson-nano",
  title: "NVIDIA Jetson Nano",
  arch: "arm64",
  bootControl: "u-boot",
  kernel: "debian-rt",
  drivers: "jetson",
  deviceTree: "nvidia/tegra210-p3450-0000.dtb",
  commandLine: ["console=tty0", "console=ttyS0,115200"],
  bootFiles: [{ path: "boot.scr", uBootScript: { device: "mmc 1:1" } }],
  layout: { boot: { size: 192, type: "basic-data" }, root: { size: 192 }, data: { size: 64 } },
  smallestMedium: 2 * GIGABYTE,
  tested: { emulated: "no emulator has this board", hardware: "not yet" },
};
