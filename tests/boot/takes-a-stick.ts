import { strict as assert } from "node:assert";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { accessTo, emulatedDocument } from "../../images/qemu/access.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import { startTimes } from "../../images/qemu/phases.ts";
import type { Toolset } from "../../images/toolset/toolset.ts";
import { bundleOf } from "./bundle-of.ts";
import type { Subject } from "./subject.ts";

const NEXT = "0.1.1";
const STICK_MEGABYTES = 160;

/**
 * Without any network: two sticks are plugged in, one that means harm, and one with a signed bundle, which is installed and passes its
 * gate after the restart.
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
    for (const each of [harmful, stick]) device.plugIn(each);
    await console.line(/update\.refused .*nothing\.bundle/);
    await console.line(new RegExp(`update\\.done .*${NEXT.replaceAll(".", "\\.")}`));
    assert.equal(device.starts, 2);
  } finally {
    await device.cutPower();
  }
  const panics = console.lines.filter((line) => /Kernel panic/.test(line));
  assert.deepEqual(panics, []);
}

/** A FAT in the first partition of a master boot record, as most sticks have. */
async function stickWith(bundle: string, folder: string, tools: Toolset): Promise<string> {
  const fat = await emptyFile(join(folder, "fat.img"), STICK_MEGABYTES);
  await tools.run("mkfs.vfat", ["-F", "32", fat]);
  await tools.run("mcopy", ["-i", fat, bundle, "::/next.bundle"]);
  await rm(bundle);
  return partitioned(fat, join(folder, "stick.img"), "dos", tools);
}

/** A disk with `content` in its first partition. */
async function partitioned(content: string, file: string, label: "gpt" | "dos", tools: Toolset): Promise<string> {
  const { size } = await stat(content);
  await emptyFile(file, (size >> 20) + 2 * (START >> 20));
  const rows = `label: ${label}\nunit: sectors\nstart=${START / 512}, size=${size / 512}\n`;
  await tools.run("sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", file], { input: rows });
  await pipeline(createReadStream(content), createWriteStream(file, { flags: "r+", start: START }));
  await rm(content);
  return file;
}

/** Where partitions begin. */
const START = 1 << 20;

/**
 * In a GPT, an ext4 that asks for a panic when it is damaged, and is: the inode of a file is not what its checksum says. Beside that it has a
 * link out of the stick, and a bundle that is none.
 */
async function harmfulStick(folder: string, tools: Toolset): Promise<string> {
  const [stick, content] = [await emptyFile(join(folder, "ext4.img"), 16), join(folder, "content")];
  await mkdir(content);
  for (const name of ["damaged.bundle", "nothing.bundle"]) await writeFile(join(content, name), "not a bundle");
  await symlink("/etc/shadow", join(content, "link.bundle"));
  await tools.run("mke2fs", ["-q", "-F", "-t", "ext4", "-b", "1024", "-e", "panic", "-O", "metadata_csum", "-d", content, stick]);
  // "Inode 12 is part of block group 0\n\tlocated at block 68, offset 0x0b00"
  const said = await tools.run("debugfs", ["-R", "imap /damaged.bundle", stick]);
  const [, block, offset] = /located at block (\d+), offset (0x[0-9a-f]+)/.exec(said) ?? [];
  assert.ok(block && offset, said);
  const file = await open(stick, "r+");
  await file.write(Buffer.from([0xff]), 0, 1, Number(block) * 1024 + Number(offset) + GENERATION);
  await file.close();
  return partitioned(stick, join(folder, "harmful.img"), "gpt", tools);
}

/** i_generation of an inode [kernel.org, ext4 Data Structures and Algorithms, 4.1]. */
const GENERATION = 0x64;

async function emptyFile(file: string, megabytes: number): Promise<string> {
  await writeFile(file, "");
  await truncate(file, megabytes << 20);
  return file;
}
