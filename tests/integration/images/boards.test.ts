import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { BOARDS, MEBIBYTE } from "../../../board-support/index.ts";
import { writeBootFolder } from "../../../images/disk/boot-partition.ts";
import { slotContents } from "../../../images/disk/slot.ts";
import { debianKernel } from "../../../images/kernel/debian.ts";
import { packageFolder } from "../../../images/lock/package-folder.ts";
import { DEB_ARCHES } from "../../../images/rootfs/architecture.ts";
import { entriesOf } from "../../../images/steps/entries.ts";
import { bootControl, linuxBootVolume } from "../../../runtime/platform/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { boardOf, builder } from "./support.ts";

/** With empty caches firmware and a kernel are fetched. */
const LONG = 900_000;
let all: Awaited<ReturnType<typeof builder>>;

beforeAll(async () => {
  all = await builder();
}, LONG);

test.each(BOARDS)(
  "$name: every file of a package that its boot partition has is in that package",
  async ({ bootFiles, arch }) => {
    const { lock, places } = all;
    for (const file of bootFiles.filter((each) => "package" in each)) {
      const folder = await packageFolder(file.package, DEB_ARCHES[arch], lock, places);
      expect(existsSync(join(folder, file.member)), `${file.package}: ${file.member}`).toBe(true);
    }
  },
  LONG,
);

test(
  "boards with Debian's present kernel name device trees that it has",
  async () => {
    const { deviceTrees } = await debianKernel("arm64", all.lock, all.places);
    const names = BOARDS.filter(({ kernel, arch }) => kernel === "debian-rt" && arch === "arm64").flatMap((board) => [
      ...(board.deviceTree ? [board.deviceTree] : []),
      ...board.bootFiles.flatMap((file) => ("deviceTree" in file ? file.deviceTree : [])),
    ]);
    for (const name of names) expect(existsSync(join(deviceTrees as string, name)), name).toBe(true);
  },
  LONG,
);

test(
  "a Raspberry Pi 4's boot partition has the firmware, U-Boot with a script, and slot a; another image fits beside it",
  async () => {
    using folder = tempFolder("pi4");
    const { lock, tools, places } = all;
    const board = boardOf("raspberry-pi-4");
    const slot = await slotContents(board, { version: "1.0.0", compression: "lz4hc" }, lock, tools, places);
    await writeBootFolder(slot, {}, folder.path, lock, places);
    const files = (await entriesOf(folder.path)).filter(({ entry }) => entry.isFile()).map(({ path }) => path);
    expect(files).toEqual([
      ...[
        "a/board.dtb",
        "a/boot.env",
        "a/cmdline",
        "a/initramfs",
        "a/kernel",
        "a/sums",
        "bcm2711-rpi-4-b.dtb",
        "boot.scr",
        "config.txt",
      ],
      ...["fixup4.dat", "start4.elf", "u-boot.bin"],
    ]);
    expect(await readFile(join(folder.path, "a/boot.env"), "utf8")).toMatch(/^bootargs=quiet panic=5 steppps.slot=a /);
    expect(await readFile(join(folder.path, "boot.scr"), "latin1")).toContain("mmc 0:1");
    const control = bootControl("u-boot", linuxBootVolume({ path: folder.path, remount: false }));
    expect([await control.whole("a"), await control.blessed("a")]).toEqual([true, true]);
    const sizes = await Promise.all(files.map(async (path) => (await stat(join(folder.path, path))).size));
    const slotSize = sizes.filter((_, i) => files[i]?.startsWith("a/")).reduce((sum, size) => sum + size, 0);
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    // A tenth is left for the file system's own tables, and for what kernels grow by.
    expect(whole + slotSize).toBeLessThan(board.layout.boot.size * MEBIBYTE * 0.9);
    expect(slot.root.size).toBeLessThan(board.layout.root.size * MEBIBYTE * 0.9);
  },
  LONG,
);
