import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkBootFiles } from "../../../../runtime/boot/device/boot-files.ts";
import { bootControl, linuxBootVolume } from "../../../../runtime/platform/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

/** Slot a at work, and slot b with the same initramfs but another kernel. */
async function twoSlots(folder: string) {
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const card = join(folder, "boot");
  await mkdir(card);
  const boot = bootControl("u-boot", linuxBootVolume({ path: card, remount: false }));
  const initramfs = await file("initramfs", "the same");
  await boot.stage("a", { files: { kernel: await file("one", "kernel 1"), initramfs }, commandLine: "quiet slot={slot}" });
  await boot.stage("b", { files: { kernel: await file("two", "kernel 2"), initramfs }, commandLine: "quiet slot={slot}" });
  const events: string[] = [];
  let wrong: string[] = [];
  const check = () =>
    checkBootFiles({
      slot: "a",
      boot,
      emit: ({ text }) => void events.push(text),
      troubles: (errors) => {
        wrong = errors.map(({ code, detail }) => `${code} ${detail}`);
      },
    });
  return { card, boot, check, events, wrong: () => wrong };
}

test("slots that are as they were say nothing", async () => {
  using folder = tempFolder("boot-files");
  const { check, events, wrong } = await twoSlots(folder.path);
  await check();
  expect([events, wrong()]).toEqual([[], []]);
});

test.each(["flipped", "cut short", "missing"])(
  "a file that is %s comes back from the other slot where that has the same",
  async (how) => {
    using folder = tempFolder("boot-files");
    const { card, check, events, wrong } = await twoSlots(folder.path);
    const file = join(card, "a/initramfs");
    if (how === "flipped") await writeFile(file, "the sane");
    if (how === "cut short") await truncate(file, 3);
    if (how === "missing") await rm(file);
    await check();
    expect(await readFile(file, "utf8")).toBe("the same");
    expect(events).toEqual(["slot a: initramfs was damaged, and is back from the other slot"]);
    expect(wrong()).toEqual([]);
  },
);

test("what can't be mended is told, of either slot; one that is given up is not looked at", async () => {
  using folder = tempFolder("boot-files");
  const { card, boot, check, events, wrong } = await twoSlots(folder.path);
  await writeFile(join(card, "a/kernel"), "kernel 7");
  await writeFile(join(card, "b/boot.env"), "bootargs=\n");
  await check();
  expect(wrong()).toEqual(["E_DEVICE_BOOT_FILES slot a: kernel", "E_DEVICE_BOOT_FILES slot b: boot.env"]);
  expect(events).toHaveLength(2);
  expect(await readFile(join(card, "a/kernel"), "utf8"), "nothing is put in its place").toBe("kernel 7");
  await boot.retire("b");
  await check();
  expect(wrong()).toEqual(["E_DEVICE_BOOT_FILES slot a: kernel"]);
});

test("damaged in both slots, a file stays as it is; so do sums that are none", async () => {
  using folder = tempFolder("boot-files");
  const { card, check, wrong } = await twoSlots(folder.path);
  for (const slot of ["a", "b"]) await writeFile(join(card, slot, "initramfs"), "the sane");
  await check();
  expect(wrong()).toEqual(["E_DEVICE_BOOT_FILES slot a: initramfs", "E_DEVICE_BOOT_FILES slot b: initramfs"]);
  await writeFile(join(card, "a/sums"), "\0".repeat(512));
  await check();
  expect(wrong()[0]).toBe("E_DEVICE_BOOT_FILES slot a: sums");
});
