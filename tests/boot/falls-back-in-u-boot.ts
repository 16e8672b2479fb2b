import { strict as assert } from "node:assert";
import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readLock } from "../../images/lock/lock.ts";
import { packageFolder } from "../../images/lock/package-folder.ts";
import { type Ending, startEmulator } from "../../images/qemu/emulator.ts";
import { imagePlaces } from "../../images/steps/places.ts";
import type { Toolset } from "../../images/toolset/toolset.ts";
import type { Subject } from "./subject.ts";
import { bootFolder, marksOn, writeCard } from "./u-boot/card.ts";

/** What can be wrong with slot b, and what is started then; b is good each time. */
const DAMAGES: Readonly<Record<string, (slot: string) => Promise<void>>> = {
  "no kernel": (slot) => rm(join(slot, "kernel")),
  "a kernel that is cut short": (slot) => truncate(join(slot, "kernel"), 10_000),
  "a kernel that is none": (slot) => writeFile(join(slot, "kernel"), Buffer.alloc(64 * 1024)),
  "an initramfs that is cut short": (slot) => truncate(join(slot, "initramfs"), 10_000),
  "no command line": (slot) => rm(join(slot, "boot.env")),
};

/** Debian's U-Boot for QEMU, which finds and runs our script by itself, and starts kernels that say which slot they are of. */
export async function fallsBackInUBoot({ board, folder, tools }: Subject): Promise<void> {
  assert.equal(board.arch, "arm64");
  const loader = join(
    await packageFolder("u-boot-qemu", "arm64", readLock(), imagePlaces()),
    "usr/lib/u-boot/qemu_arm64/u-boot.bin",
  );
  const disk = join(folder, "disk.img");
  const { path, control } = await bootFolder(folder);
  const start = () => startOnce(disk, loader, tools);

  await writeCard(path, disk, tools);
  const tried: (readonly [string, string])[] = [];
  for (let i = 0; i < 4; i++) tried.push([await start(), (await marksOn(disk, tools)).join(" ")]);
  assert.deepEqual(tried, [
    ["b", "try-b-1 try-b-2"],
    ["b", "try-b-1"],
    ["b", ""],
    ["a", ""],
  ]);

  await control.bless("b");
  await writeCard(path, disk, tools);
  assert.equal(await start(), "b");
  for (const [what, damage] of Object.entries(DAMAGES)) {
    await damage(join(path, "b"));
    await writeCard(path, disk, tools);
    assert.equal(await start(), "a", what);
    await restage(path, control);
  }

  await control.retire("a");
  await DAMAGES["no kernel"]?.(join(path, "b"));
  await writeCard(path, disk, tools);
  assert.equal(await start(), "restart", "what is left of a slot that was given up is not started");
}

/** Puts slot b's files back as they were. */
async function restage(path: string, control: Awaited<ReturnType<typeof bootFolder>>["control"]): Promise<void> {
  const parts = join(path, "../parts");
  const files = { kernel: join(parts, "kernel-b"), initramfs: join(parts, "initramfs-b") };
  await control.stage("b", { files, commandLine: "quiet steppps.slot=b" });
}

/** The slot whose kernel was started, or how the machine ended without one. */
async function startOnce(disk: string, firmware: string, tools: Toolset): Promise<string> {
  const lines: string[] = [];
  const emulator = startEmulator({ arch: "arm64", disk, otherFirmware: firmware, network: false }, tools, (line) =>
    lines.push(line),
  );
  const limit = setTimeout(() => void emulator.stop(), LIMIT_MS);
  const ending: Ending = await emulator.ended.finally(() => clearTimeout(limit));
  const [, slot] = /^slot ([ab]) is started$/m.exec(lines.join("\n")) ?? [];
  assert.equal(ending, slot ? "power-off" : "restart", lines.join("\n"));
  return slot ?? ending;
}

/** One start takes some seconds. */
const LIMIT_MS = 120_000;
