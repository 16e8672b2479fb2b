import { strict as assert } from "node:assert";
import { mkdir, open, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accessTo, emulatedDocument } from "../../images/qemu/access.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import { startTimes } from "../../images/qemu/phases.ts";
import { GPT_HEAD_BYTES, parseGpt } from "../../runtime/platform/index.ts";
import type { Subject } from "./subject.ts";

/** As the emulator's disk calls itself. */
const MODEL = "QEMU NVMe Ctrl";
const DISK_MEGABYTES = 1024;

/**
 * A live system starts from a USB stick and copies itself to the built-in disk, once; the machine then starts from that disk alone,
 * with a data partition as large as it, and identities of its own.
 */
export async function installsToADisk({ board, image, folder, tools }: Subject): Promise<void> {
  const [live, built] = [join(folder, "live"), join(folder, "built-in")];
  for (const path of [live, built]) await mkdir(path, { recursive: true });
  const disk = join(folder, "disk.img");
  await writeFile(disk, "");
  await truncate(disk, DISK_MEGABYTES << 20);
  const options = { arch: board.arch, firmware: true, forwards: [], network: false };
  const stick = new EmulatedDevice({ ...options, folder: live, diskOnUsb: true, otherDisks: [disk] }, tools);
  await stick.insert(image);
  const document = await emulatedDocument(accessTo(folder, board.name.replaceAll("_", "-")), join(folder, "keys"));
  const order = `install: # on the big one\n  disk: nvme0n1\n  confirm: ${MODEL}\n`;
  await (await stick.card()).writeText("steppps.yaml", document + order);
  try {
    await stick.start();
    await startTimes(stick.console, 0);
    assert.equal(await stick.ended(), "power-off");
    await stick.console.line(/install\.done .*nvme0n1/);
  } finally {
    await stick.cutPower();
  }
  assert.equal(await (await stick.card()).readText("steppps.yaml"), document);
  const identities = [await identitiesOf(stick.disk), await identitiesOf(disk)].flat();
  assert.equal(new Set(identities).size, identities.length);

  const machine = new EmulatedDevice({ ...options, folder: built }, tools);
  await rename(disk, machine.disk);
  try {
    await machine.start();
    const { phases } = await startTimes(machine.console, 0);
    assert.ok(
      phases.some(({ name }) => name === "grow"),
      "its file system grew to the disk",
    );
  } finally {
    await machine.cutPower();
  }
  assert.equal(await (await machine.card()).readText("steppps.yaml"), document);
}

/** Of the disk and of each partition. */
async function identitiesOf(disk: string): Promise<string[]> {
  await using file = await open(disk, "r");
  const { buffer } = await file.read(Buffer.alloc(GPT_HEAD_BYTES), 0, GPT_HEAD_BYTES, 0);
  const table = parseGpt(buffer);
  assert.ok(table);
  return [table.disk, ...table.partitions.map(({ id }) => id)].map((id) => Buffer.from(id).toString("hex"));
}
