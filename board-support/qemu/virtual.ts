import { type Board, GIGABYTE } from "../board.ts";

/** What QEMU's boards have in common: a boot partition for Debian's kernel in both slots, and a root with room to grow. */
export const VIRTUAL: Pick<Board, "kernel" | "drivers" | "layout" | "smallestMedium"> = {
  kernel: "debian-rt",
  drivers: "virtual",
  layout: { boot: { size: 160, type: "esp" }, root: { size: 128 }, data: { size: 64 } },
  smallestMedium: 1 * GIGABYTE,
};
