import { strict as assert } from "node:assert";
import { mkdir, open, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accessTo, emulatedDocument } from "../../images/qemu/access.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import { startTimes } from "../../images/qemu/phases.ts";
import type { Toolset } from "../../images/toolset/toolset.ts";
import { bundleOf } from "./bundle-of.ts";
import type { Subject } from "./subject.ts";

const NEXT = "0.1.1";
const STICK_MEGABYTES = 160;

/**
 * Without any network: a stick is plugged in, first one that means harm, then one with a signed bundle, which is installed and passes
 * its gate after the restart.
 */
export async function takesAStick({ board, image, build, folder, tools }: Subject): Promise<void> {
  const keys = join(folder, "keys");
  await mkdir(folder, { recursive: true });
  const options = { arch: board.arch, folder, firmware: board.bootControl !== "direct", forwards: [], usbDisks: [] };
  const device = new EmulatedDevice({ ...options, network: false }, tools);
  await device.insert(image);
  const document = await emulatedDocument(accessTo(folder, board.name.replaceAll("_", "-")), keys);
  await (await device.card()).writeText("steppps.yaml", `${document}updates:\n  gateSeconds: 5\n`);
  const bundle = await bundleOf(await build(NEXT), NEXT, folder, keys);
  const harmful = await harmfulStick(folder, tools);
  const stick = await stickWith(bundle, folder, tools);
  const { console } = device;
  try {
    await device.start();
    await startTimes(console, 0);
    device.plugIn(harmful);
    await console.line(/update\.refused .*nothing\.bundle/);
    device.plugIn(stick);
    await console.line(new RegExp(`update\\.done .*${NEXT.replaceAll(".", "\\.")}`));
    assert.equal(device.starts, 2);
  } finally {
    await device.cutPower();
  }
  const panics = console.lines.filter((line) => /Kernel panic/.test(line));
  assert.deepEqual(panics, []);
}

/** A FAT without a partition table, as small sticks come. */
async function stickWith(bundle: string, folder: string, tools: Toolset): Promise<string> {
  const stick = await emptyFile(join(folder, "stick.img"), STICK_MEGABYTES);
  await tools.run("mkfs.vfat", ["-F", "32", stick]);
  await tools.run("mcopy", ["-i", stick, bundle, "::/next.bundle"]);
  await rm(bundle);
  return stick;
}

/**
 * An ext4 that asks for a panic when it is damaged, and is: the inode of a file is not what its checksum says. Beside that it has a
 * link out of the stick, and a bundle that is none.
 */
async function harmfulStick(folder: string, tools: Toolset): Promise<string> {
  const [stick, content] = [await emptyFile(join(folder, "harmful.img"), 16), join(folder, "content")];
  await mkdir(content);
  for (const name of ["damaged.bundle", "nothing.bundle"]) await writeFile(join(content, name), "not a bundle");
  await symlink("/etc/shadow", join(content, "link.bundle"));
  await tools.run("mke2fs", ["-q", "-F", "-t", "ext4", "-b", "1024", "-e", "panic", "-O", "metadata_csum", "-d", content, stick]);
  // "Inode 12 is part of block group 0\n\tlocated at block 68, offset 0x0b00"
  const said = await tools.run("debugfs", ["-R", "imap /damaged.bundle", stick]);
  const [, block, offset] = /located at block (\d+), offset (0x[0-9a-f]+)/.exec(said) ?? [];
  assert.ok(block && offset, said);
  await using file = await open(stick, "r+");
  await file.write(Buffer.from([0xff]), 0, 1, Number(block) * 1024 + Number(offset) + GENERATION);
  return stick;
}

/** i_generation of an inode [kernel.org, ext4 Data Structures and Algorithms, 4.1]. */
const GENERATION = 0x64;

async function emptyFile(file: string, megabytes: number): Promise<string> {
  await writeFile(file, "");
  await truncate(file, megabytes << 20);
  return file;
}
