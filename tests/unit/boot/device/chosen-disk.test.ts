import { expect, test } from "vitest";
import { chosenDisk } from "../../../../runtime/boot/device/install/chosen-disk.ts";
import type { Disk } from "../../../../runtime/platform/index.ts";

const disk = (name: string, model: string, uses: Disk["uses"] = []): Disk => {
  return { name, path: `/dev/${name}`, model, serial: "", size: 64e9, removable: false, readOnly: false, uses };
};
const running = disk("sda", "Ultra", [{ device: "sda1", what: "/boot" }]);
const inner = disk("nvme0n1", "Samsung SSD 980");
const other = disk("sdb", "");
const disks = [inner, running, other];

test("without a disk those that there are are named, but for the one that runs", () => {
  expect(() => chosenDisk({}, disks, running)).toThrow(
    'E_INSTALL_CONFIRM: Which disk to install to is not confirmed: /dev/nvme0n1, Samsung SSD 980, 64.0 GB: disk: nvme0n1, confirm: "Samsung SSD 980"; /dev/sdb, 64.0 GB: disk: sdb, confirm: "sdb"',
  );
  expect(() => chosenDisk({}, [running], running)).toThrow("no other disk");
});

test("a disk is taken by its name when what it says about itself stands beside that", () => {
  expect(chosenDisk({ disk: "nvme0n1", confirm: "Samsung SSD 980" }, disks, running)).toBe(inner);
  expect(chosenDisk({ disk: "/dev/sdb", confirm: "sdb" }, disks, running)).toBe(other);
});

test.each([
  ["E_INSTALL_CONFIRM", { disk: "nvme0n1" }],
  ["E_INSTALL_CONFIRM", { disk: "nvme0n1", confirm: "Ultra" }],
  ["E_INSTALL_CONFIRM", { disk: "sdb", confirm: "" }],
  ["E_MEDIUM_UNKNOWN", { disk: "nvme0n1p1", confirm: "Samsung SSD 980" }],
  ["E_MEDIUM_SYSTEM", { disk: "sda", confirm: "Ultra" }],
] as const)("refuses with %s: %o", (code, settings) => {
  expect(() => chosenDisk(settings, disks, running)).toThrow(code);
});
