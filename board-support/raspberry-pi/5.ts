import { type Board, GIGABYTE } from "../board.ts";
import { configTxt } from "./config-txt.ts";

/**
 * The Pi 5's firmware is in its EEPROM and starts Linux itself; `tryboot` chooses the slot. Ethernet and USB hang on the RP1, which
 * Linux knows from 6.17 on: hence Debian's next kernel.
 */
export const raspberryPi5: Board = {
  name: "raspberry-pi-5",
  title: "Raspberry Pi 5",
  arch: "arm64",
  bootControl: "tryboot",
  kernel: "debian-rt-next",
  drivers: "raspberry-pi",
  deviceTree: "broadcom/bcm2712-rpi-5-b.dtb",
  commandLine: ["console=ttyAMA10,115200", "console=tty0"],
  bootFiles: [
    {
      path: "config.txt",
      text: configTxt([
        { set: "arm_64bit", to: 1 },
        { set: "os_prefix", to: "a/" },
        { set: "kernel", to: "kernel" },
        { set: "device_tree", to: "board.dtb" },
        { set: "cmdline", to: "cmdline.txt" },
        { word: "initramfs initramfs followkernel" },
        { set: "enable_uart", to: 1 },
        { set: "disable_overscan", to: 1 },
      ]),
    },
  ],
  layout: { boot: { size: 256, type: "basic-data" }, root: { size: 192 }, data: { size: 64 } },
  smallestMedium: 2 * GIGABYTE,
  imagerDevices: ["pi5-64bit"],
  tested: { emulated: "no emulator has this board", hardware: "not yet" },
};
