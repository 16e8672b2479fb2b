import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { findDisk } from "../../../runtime/space/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** A copy of what Linux shows below /sys for a disk, its partition and an encrypted volume on it. */
let sys: string;
let own: string;
beforeEach(() => {
  const temp = tempFolder("sys");
  onTestFinished(() => temp[Symbol.dispose]());
  sys = temp.path;
  own = numberOf(statSync(sys).dev);
  const card = join(sys, "devices/mmc0/block/mmcblk0");
  mkdirSync(join(card, "mmcblk0p2"), { recursive: true });
  writeFileSync(join(card, "stat"), " 839955 50768 23113794 1394873 5307167 775577 4000 2412102 0 346828 3935703\n");
  writeFileSync(join(card, "mmcblk0p2/partition"), "2\n");
  writeFileSync(join(card, "mmcblk0p2/stat"), "1 1 1 1 1 1 7 1\n");
  mkdirSync(join(sys, "devices/virtual/block/dm-0/slaves/mmcblk0p2"), { recursive: true });
  writeFileSync(join(sys, "devices/virtual/block/dm-0/stat"), "1 1 1 1 1 1 9 1\n");
  mkdirSync(join(sys, "dev/block"), { recursive: true });
  mkdirSync(join(sys, "class/block"), { recursive: true });
  symlinkSync(join(card, "mmcblk0p2"), join(sys, "class/block/mmcblk0p2"));
});

const numberOf = (dev: number) => `${(dev >>> 8) & 0xfff}:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`;
const dataIsOn = (device: string) => symlinkSync(join(sys, "devices", device), join(sys, "dev/block", own));

test.each([
  ["a partition", "mmc0/block/mmcblk0/mmcblk0p2", "mmcblk0"],
  ["the disk itself", "mmc0/block/mmcblk0", "mmcblk0"],
  ["an encrypted volume", "virtual/block/dm-0", "mmcblk0"],
])("from %s to the disk, whose sectors have 512 bytes", async (_, device, name) => {
  dataIsOn(device);
  const disk = await findDisk(sys, sys);
  expect(disk?.name).toBe(name);
  expect(await disk?.written()).toBe(4000 * 512);
});

test("a volume over two disks counts itself", async () => {
  mkdirSync(join(sys, "devices/virtual/block/dm-0/slaves/sda1"));
  dataIsOn("virtual/block/dm-0");
  const disk = await findDisk(sys, sys);
  expect([disk?.name, await disk?.written()]).toEqual(["dm-0", 9 * 512]);
});

test("nothing is made up where the machine doesn't say", async () => {
  expect(await findDisk(sys, sys)).toBeUndefined();
  expect(await findDisk(join(sys, "nowhere"), sys)).toBeUndefined();
  dataIsOn("mmc0/block/mmcblk0");
  writeFileSync(join(sys, "devices/mmc0/block/mmcblk0/stat"), "garbage");
  expect(await (await findDisk(sys, sys))?.written()).toBeUndefined();
  // Memory has no disk.
  expect(await findDisk("/dev/shm")).toBeUndefined();
});

test("this machine's own disk, where it has one, counts up", async () => {
  const disk = await findDisk(tmpdir());
  const before = await disk?.written();
  if (before !== undefined) expect(before).toBeGreaterThan(0);
});
