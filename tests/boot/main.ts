// node tests/boot/main.ts [--board NAME]...: builds images, starts them under emulation and uses them from outside, as people do.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BOARDS } from "../../board-support/index.ts";
import { boardImage } from "../../images/disk/board-image.ts";
import { slotContents } from "../../images/disk/slot.ts";
import { readLock } from "../../images/lock/lock.ts";
import { imagePlaces } from "../../images/steps/places.ts";
import { toolset } from "../../images/toolset/toolset.ts";
import { handlesMessages } from "./handles-messages.ts";
import { refusesTampering } from "./refuses-tampering.ts";

const { values } = parseArgs({ options: { board: { type: "string", multiple: true } } });
const names = values.board ?? ["qemu-x86_64", "qemu-arm64"];
const lock = readLock();
const places = imagePlaces();
const tools = await toolset(lock, places, ["tools", "qemu"]);

for (const name of names) {
  const board = BOARDS.find((each) => each.name === name);
  if (!board) throw new Error(`there is no board ${name}`);
  const slot = await slotContents(board, { version: "0.1.0", compression: "lz4hc" }, lock, tools, places);
  const image = await boardImage(slot, {}, lock, tools, places);
  const folder = await mkdtemp(join(tmpdir(), "steppps-boot-"));
  try {
    for (const test of [handlesMessages, refusesTampering]) {
      const started = Date.now();
      await test({ board, image, folder: join(folder, test.name), tools });
      process.stdout.write(`${name} ${test.name}: ok, ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
