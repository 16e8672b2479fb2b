import { strict as assert } from "node:assert";
import { open } from "node:fs/promises";
import { readGpt } from "../../images/formats/gpt.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import type { Subject } from "./subject.ts";

const CORRUPTED = /device-mapper: verity: .* data block 0 is corrupted/;

/** One bit of the root's first block is another: dm-verity finds it, and nothing of that root is run. */
export async function refusesTampering({ board, image, folder, tools }: Subject): Promise<void> {
  const device = new EmulatedDevice({ arch: board.arch, folder, firmware: board.bootControl !== "direct", forwards: [] }, tools);
  await device.insert(image);
  await flipBit(device.disk);
  try {
    await device.start();
    await device.console.line(CORRUPTED);
    await device.console.line(CORRUPTED, device.console.lines.length); // the kernel panics and starts again, and again
  } finally {
    await device.cutPower();
  }
  const ran = device.console.lines.filter((line) => /^steppps (phases|ready)/.test(line));
  assert.deepEqual(ran, []);
}

async function flipBit(disk: string): Promise<void> {
  const root = (await readGpt(disk)).find(({ name }) => name === "root-a");
  assert.ok(root);
  await using file = await open(disk, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, root.offset + 1100); // within erofs' superblock, which is at 1024
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, root.offset + 1100);
}
