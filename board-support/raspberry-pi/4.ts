import { type Board, GIGABYTE } from "../board.ts";
import { configTxt } from "./config-txt.ts";

/** Where `raspi-firmware` has the firmware of the Pi 4; the Pi's own EEPROM takes the place of bootcode.bin. */
const FIRMWARE = "usr/lib/raspi-firmware";

/** The firmware starts U-Boot, and U-Boot's script chooses the slot: a try is counted without the running system's help. */
export const raspberryPi4: Board = {
  name: "raspberry-pi-4",
  title: "Raspberry Pi 4 B",
  arch: "arm64",
  bootControl: "u-boot",
  kernel: "debian-rt",
  drivers: "raspberry-pi",
  deviceTree: "broadcom/bcm2711-rpi-4-b.dtb",
  commandLine: ["console=ttyS1,115200", "console=tty0"],
  bootFiles: [
    { path: "start4.elf", package: "raspi-firmware", member: `${FIRMWARE}/start4.elf` },
    { path: "fixup4.dat", package: "raspi-firmware", member: `${FIRMWARE}/fixup4.dat` },
    { path: "u-boot.bin", package: "u-boot-rpi", member: "usr/lib/u-boot/rpi_arm64/u-boot.bin" },
    { path: "bcm2711-rpi-4-b.dtb", deviceTree: "broadcom/bcm2711-rpi-4-b.dtb" },
    { path: "boot.scr", uBootScript: { device: "mmc 0:1" } },
    {
      path: "config.txt",
      text: configTxt([
        { set: "arm_64bit", to: 1 },
        { set: "kernel", to: "u-boot.bin" },
        // The serial line's clock is the core's, which otherwise changes.
        { set: "enable_uart", to: 1 },
        { set: "upstream_kernel", to: 1 },
        { set: "disable_overscan", to: 1 },
      ]),
    },
  ],
  layout: { boot: { size: 192, type: "basic-data" }, root: { size: 192 }, data: { size: 64 } },
  smallestMedium: 2 * GIGABYTE,
  imagerDevices: ["pi4-64bit"],
  tested: { emulated: "starts from its SD card and handles messages, without firmware and U-Boot", hardware: "not yet" },
};
