import { strict as assert } from "node:assert";
import { mkdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { readGpt } from "../../images/formats/gpt.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import type { Fat } from "../../images/qemu/fat.ts";
import { startTimes } from "../../images/qemu/phases.ts";
import type { Toolset } from "../../images/toolset/toolset.ts";
import type { Subject } from "./subject.ts";

const TRIES = 3;

/** What is wrong with slot b, which is on trial, and what its folder then has. */
const DAMAGES: Readonly<Record<string, { readonly parts: readonly string[]; readonly kernelBytes?: number }>> = {
  "no initramfs": { parts: ["kernel"] },
  "a kernel that is cut short": { parts: ["kernel", "initramfs"], kernelBytes: 10_000 },
};

/**
 * systemd-boot, started by UEFI: a trial that it can't load counts as one that failed, and after three of them slot a is started, with
 * nobody at the machine.
 */
export async function fallsBackInSystemdBoot({ board, image, folder, tools }: Subject): Promise<void> {
  for (const [what, { parts, kernelBytes }] of Object.entries(DAMAGES)) {
    const home = join(folder, what.replaceAll(" ", "-"));
    await mkdir(home, { recursive: true });
    const device = new EmulatedDevice({ arch: board.arch, folder: home, firmware: true, forwards: [], network: false }, tools);
    await device.insert(image);
    await stage(await device.card(), device.disk, home, parts, kernelBytes, tools);
    try {
      await device.start();
      await startTimes(device.console, 0);
      assert.equal(device.starts, TRIES + 1, what);
    } finally {
      await device.cutPower();
    }
    const entries = await (await device.card()).list("loader/entries");
    assert.deepEqual(entries.sort(), ["steppps-a.conf", "steppps-b+0-3.conf"], what);
    await rm(home, { recursive: true });
  }
}

/** Slot b as slot a, with its damage, on trial. */
async function stage(
  fat: Fat,
  disk: string,
  work: string,
  parts: readonly string[],
  kernelBytes: number | undefined,
  tools: Toolset,
): Promise<void> {
  const boot = (await readGpt(disk)).find(({ name }) => name === "boot");
  const at = ["-i", `${disk}@@${boot?.offset}`];
  await tools.run("mmd", [...at, "::/b"]);
  for (const name of parts) {
    const file = join(work, name);
    await fat.extract(`a/${name}`, file);
    if (name === "kernel" && kernelBytes !== undefined) await truncate(file, kernelBytes);
    await tools.run("mcopy", [...at, file, `::/b/${name}`]);
  }
  const entry = await fat.readText("loader/entries/steppps-a.conf");
  const of = entry
    .replaceAll("/a/", "/b/")
    .replaceAll("slot=a", "slot=b")
    .replace(/^version .*$/m, "version 9");
  assert.notEqual(of, entry);
  await fat.writeText(`loader/entries/steppps-b+${TRIES}.conf`, of);
}
