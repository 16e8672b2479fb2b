import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readDisks } from "../../../../runtime/platform/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

/** sysfs and proc of a machine with an encrypted system disk, a stick that is mounted, a card, and an empty card reader. */
function machine(root: string) {
  const put = (path: string, text = "") => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const link = (path: string, target: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(join(root, target), join(root, path));
  };
  const block = (name: string, place: string, number: string, files: Record<string, string>) => {
    put(`sys/devices/${place}/block/${name}/dev`, `${number}\n`);
    for (const [path, text] of Object.entries(files)) put(`sys/devices/${place}/block/${name}/${path}`, `${text}\n`);
    link(`sys/block/${name}`, `sys/devices/${place}/block/${name}`);
    link(`sys/class/block/${name}`, `sys/devices/${place}/block/${name}`);
    put(`dev/${name}`);
  };
  const part = (disk: string, name: string, place: string, number: string, holder?: string) => {
    put(`sys/devices/${place}/block/${disk}/${name}/dev`, `${number}\n`);
    put(`sys/devices/${place}/block/${disk}/${name}/partition`, "1\n");
    if (holder) put(`sys/devices/${place}/block/${disk}/${name}/holders/${holder}`);
    link(`sys/class/block/${name}`, `sys/devices/${place}/block/${disk}/${name}`);
    put(`dev/${name}`);
  };
  const nvme = "pci/nvme/nvme0";
  block("nvme0n1", nvme, "259:0", { size: "1000215216", removable: "0", ro: "0" });
  put(`sys/devices/${nvme}/model`, "Samsung SSD 980\n");
  put(`sys/devices/${nvme}/serial`, "S64D\n");
  link(`sys/devices/${nvme}/block/nvme0n1/device`, `sys/devices/${nvme}`);
  part("nvme0n1", "nvme0n1p1", nvme, "259:1");
  part("nvme0n1", "nvme0n1p2", nvme, "259:2", "dm-0");
  block("dm-0", "virtual", "254:0", { size: "1000000000", removable: "0", ro: "0" });
  put("sys/devices/virtual/block/dm-0/holders/dm-1");
  block("dm-1", "virtual", "254:1", { size: "1000000000", removable: "0", ro: "0" });
  link("dev/mapper/vg-root", "dev/dm-1");
  const usb = "pci/usb2/2-1/host6";
  block("sda", usb, "8:0", { size: "60063744", removable: "0", ro: "0" });
  put(`sys/devices/${usb}/vendor`, "SanDisk \n");
  put(`sys/devices/${usb}/model`, "Ultra\n");
  link(`sys/devices/${usb}/block/sda/device`, `sys/devices/${usb}`);
  part("sda", "sda1", usb, "8:1");
  block("mmcblk0", "mmc0", "179:0", { size: "62333952", removable: "0", ro: "1" });
  put("sys/devices/mmc0/name", "SD32G\n");
  put("sys/devices/mmc0/type", "SD\n");
  link("sys/devices/mmc0/block/mmcblk0/device", "sys/devices/mmc0");
  block("sdb", "pci/usb1/1-2/host7", "8:16", { size: "0", removable: "1", ro: "0" });
  block("zram0", "virtual", "252:0", { size: "1000", removable: "0", ro: "0" });
  put(
    "proc/self/mountinfo",
    [
      "22 1 0:28 /@ / rw,relatime shared:1 - btrfs /dev/mapper/vg-root rw",
      "30 22 259:1 / /boot/efi rw shared:2 - vfat /dev/nvme0n1p1 rw",
      "40 22 8:1 / /media/me/my\\040stick rw shared:3 - exfat /dev/sda1 rw",
      "50 22 0:5 / /proc rw - proc proc rw",
    ].join("\n"),
  );
  put("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/zram0 partition 1 0 100\n/dev/nvme0n1p1 partition 1 0 1\n");
  return { sys: join(root, "sys"), proc: join(root, "proc"), dev: join(root, "dev") };
}

test("disks are named with what they say about themselves, and with what uses them through partitions and volumes", async () => {
  using folder = tempFolder("disks");
  const disks = await readDisks(machine(folder.path));
  const common = { path: expect.any(String), serial: "", readOnly: false };
  expect(disks).toEqual([
    { ...common, name: "mmcblk0", model: "SD32G", size: 62333952 * 512, removable: true, readOnly: true, uses: [] },
    {
      ...common,
      name: "nvme0n1",
      model: "Samsung SSD 980",
      serial: "S64D",
      size: 1000215216 * 512,
      removable: false,
      uses: [
        { device: "nvme0n1p1", what: "/boot/efi" },
        { device: "nvme0n1p1", what: "swap" },
        { device: "dm-1", what: "/" },
      ],
    },
    {
      ...common,
      name: "sda",
      model: "SanDisk Ultra",
      size: 60063744 * 512,
      removable: true,
      uses: [{ device: "sda1", what: "/media/me/my stick" }],
    },
  ]);
});

test("what holds a disk without a mount of its own is a use too", async () => {
  using folder = tempFolder("disks");
  const places = machine(folder.path);
  writeFileSync(join(places.proc, "self/mountinfo"), "");
  writeFileSync(join(places.proc, "swaps"), "");
  const nvme = (await readDisks(places)).find(({ name }) => name === "nvme0n1");
  expect(nvme?.uses).toEqual([{ device: "dm-0", what: "dm-1" }]);
});

test("a machine without sysfs has none", async () => {
  using folder = tempFolder("disks");
  expect(await readDisks({ sys: folder.path, proc: folder.path, dev: folder.path })).toEqual([]);
});
