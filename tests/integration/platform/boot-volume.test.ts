import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findPartitions, linuxBootVolume } from "../../../runtime/platform/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

function folder(): string {
  const temp = tempFolder("boot-volume");
  onTestFinished(() => temp[Symbol.dispose]());
  return temp.path;
}

test("changes are made in order, whole, and leave nothing beside them", async () => {
  const path = folder();
  const volume = linuxBootVolume({ path: join(path, "boot"), remount: false });
  writeFileSync(join(path, "kernel"), "kernel");
  mkdirSync(join(path, "boot"));
  writeFileSync(join(path, "boot/left.new"), "of a power cut");
  await Promise.all([
    volume.change([
      { do: "write", path: "loader/one.conf", content: Buffer.from("one") },
      { do: "copy", path: "a/kernel", from: join(path, "kernel") },
    ]),
    volume.change([
      { do: "rename", path: "loader/two.conf", from: "loader/one.conf" },
      { do: "remove", path: "none" },
    ]),
  ]);
  expect(readdirSync(join(path, "boot"), { recursive: true }).sort()).toEqual(["a", "a/kernel", "loader", "loader/two.conf"]);
  expect(await volume.list("")).toEqual(["a", "loader"]);
  expect(Buffer.from((await volume.read("loader/two.conf")) ?? []).toString()).toBe("one");
  expect(await volume.size("a/kernel")).toBe(6);
  expect(await volume.read("none")).toBeUndefined();
});

test("a change that fails says so, and the next one is made", async () => {
  const path = folder();
  const volume = linuxBootVolume({ path, remount: false });
  await expect(volume.change([{ do: "copy", path: "kernel", from: join(path, "none") }])).rejects.toMatchObject({
    code: "E_FILE",
  });
  await volume.change([{ do: "write", path: "after", content: Buffer.from("1") }]);
  expect(readFileSync(join(path, "after"), "utf8")).toBe("1");
});

test("firmware's variables are 32-bit numbers behind their attributes", async () => {
  const path = folder();
  const volume = linuxBootVolume({ path, remount: false, variables: path });
  expect(await volume.variable("RootfsStatusSlotA")).toBeUndefined();
  await volume.change([{ do: "variable", name: "RootfsStatusSlotA", value: 0xff }]);
  const file = join(path, "RootfsStatusSlotA-781e084c-a330-417c-b678-38e696380cb9");
  expect([...readFileSync(file)]).toEqual([7, 0, 0, 0, 0xff, 0, 0, 0]);
  expect(await volume.variable("RootfsStatusSlotA")).toBe(0xff);
});

test("partitions are found by their names, on the disk of the boot partition", async () => {
  const path = folder();
  const at = (name: string) => join(path, name);
  const blocks = at("class");
  mkdirSync(blocks);
  const labels = ["boot", "root-a", "root-b", "data"];
  for (const disk of ["sda", "mmcblk0"]) {
    labels.forEach((label, i) => {
      const name = `${disk}${disk === "sda" ? "" : "p"}${i + 1}`;
      mkdirSync(at(`devices/block/${disk}/${name}`), { recursive: true });
      writeFileSync(
        at(`devices/block/${disk}/${name}/uevent`),
        `MAJOR=8\nDEVNAME=${name}\nDEVTYPE=partition\nPARTNAME=${label}\n`,
      );
      symlinkSync(`../devices/block/${disk}/${name}`, join(blocks, name));
    });
  }
  const mounts = at("mounts");
  writeFileSync(mounts, "proc /proc proc rw 0 0\n/dev/mmcblk0p1 /boot vfat ro 0 0\n");
  const places = { blocks, mounts, devices: "/dev" };
  expect(Object.fromEntries(await findPartitions(["root-a", "root-b"], "/boot", places))).toEqual({
    "root-a": "/dev/mmcblk0p2",
    "root-b": "/dev/mmcblk0p3",
  });
  writeFileSync(mounts, "proc /proc proc rw 0 0\n");
  expect((await findPartitions(["root-a"], "/boot", places)).size, "a disk is never guessed").toBe(0);
});
