import { stat } from "node:fs/promises";
import { join } from "node:path";
import { compressXz } from "../../../../images/release/compress.ts";
import { ImageBuilder } from "../../image/subject.ts";
import type { Suite } from "../../suite.ts";

const IMAGES = [
  { board: "qemu-arm64", bound: "<= 64" },
  { board: "qemu-x86_64", bound: null },
  { board: "raspberry-pi-4", bound: "<= 72" },
] as const;
const ROOTS = [
  { arch: "arm64", board: "qemu-arm64", compression: "lz4hc", bound: "<= 65" },
  { arch: "arm64", board: "qemu-arm64", compression: "zstd", bound: "<= 52" },
  { arch: "x86_64", board: "qemu-x86_64", compression: "lz4hc", bound: "<= 65" },
  { arch: "x86_64", board: "qemu-x86_64", compression: "zstd", bound: "<= 52" },
] as const;

const imageName = ({ board }: (typeof IMAGES)[number]) => `size: ${board}.img.xz`;
const rootName = ({ arch, compression }: (typeof ROOTS)[number]) =>
  `size: root file system of ${arch}, ${compression}, with its hash tree`;

export const size: Suite = {
  name: "size",
  about:
    "What `npm run image` makes of this checkout, as it makes it unless told otherwise: the whole medium as a file, compressed by xz, and " +
    "the root file system within, as it lies in its slot. MB of 10^6 bytes. Home Assistant OS for the Pi 4 is published with 346 MB, Ubuntu Core with 314 MB.",
  expects: [
    ...IMAGES.map((one) => ({ name: imageName(one), unit: "MB", bound: one.bound })),
    ...ROOTS.map((one) => ({ name: rootName(one), unit: "MB", bound: one.bound })),
  ],
  async run({ folder, results, say }) {
    const builder = await ImageBuilder.open();
    for (const one of ROOTS) {
      const { root } = await builder.slot(one.board, one.compression);
      results.record(rootName(one), root.size / 1e6);
    }
    for (const one of IMAGES) {
      say(`  compressing ${one.board}`);
      const packed = join(folder, `${one.board}.img.xz`);
      await compressXz(await builder.image(await builder.slot(one.board, "lz4hc")), packed, builder.tools);
      results.record(imageName(one), (await stat(packed)).size / 1e6);
    }
  },
};
