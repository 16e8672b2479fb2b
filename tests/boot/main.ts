// node tests/boot/main.ts [--board NAME]... [--test NAME]... [--kernel NAME]: builds images, starts them under emulation and uses them from outside, as people do.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BOARDS, type Board } from "../../board-support/index.ts";
import { boardImage } from "../../images/disk/board-image.ts";
import { slotContents } from "../../images/disk/slot.ts";
import { readLock } from "../../images/lock/lock.ts";
import { imagePlaces } from "../../images/steps/places.ts";
import { toolset } from "../../images/toolset/toolset.ts";
import { withKernel } from "../../images/verbs/boards.ts";
import { fallsBackInUBoot } from "./falls-back-in-u-boot.ts";
import { firstProcess } from "./first-process.ts";
import { handlesMessages } from "./handles-messages.ts";
import { installsToADisk } from "./installs-to-a-disk.ts";
import { joinsWifi } from "./joins-wifi.ts";
import { mountsLayers } from "./mounts-layers.ts";
import { refusesTampering } from "./refuses-tampering.ts";
import type { Subject } from "./subject.ts";
import { takesAStick } from "./takes-a-stick.ts";
import { updatesAndRollsBack } from "./updates-and-rolls-back.ts";

/** Which tests a board runs. */
const TESTS: Readonly<Record<string, readonly ((subject: Subject) => Promise<void>)[]>> = {
  "qemu-x86_64": [firstProcess, handlesMessages, refusesTampering, updatesAndRollsBack, takesAStick, joinsWifi, mountsLayers],
  "qemu-arm64": [fallsBackInUBoot, handlesMessages, refusesTampering],
  pc: [installsToADisk],
};

/** Room for one version in each slot: an emulated processor takes its time to copy what is empty. */
const SMALL = { boot: { size: 96, type: "esp" }, root: { size: 80 }, data: { size: 64 } } as const;

/** A PC with the serial line for its console, which otherwise is the screen: we have none. */
function asTested(board: Board): Board {
  if (board.name !== "pc") return board;
  return { ...board, layout: SMALL, commandLine: board.commandLine.toReversed() };
}

const several = { type: "string", multiple: true } as const;
const { values } = parseArgs({ options: { board: several, test: several, kernel: { type: "string" } } });
const names = values.board ?? Object.keys(TESTS);
const all = Object.values(TESTS).flat();
const unknown = values.test?.find((name) => !all.some((test) => test.name === name));
if (unknown !== undefined)
  throw new Error(`there is no test ${unknown}: ${[...new Set(all.map(({ name }) => name))].join(", ")}`);
const lock = readLock();
const places = imagePlaces();
const tools = await toolset(lock, places, ["tools", "qemu"]);

for (const name of names) {
  const found = BOARDS.find((each) => each.name === name);
  const tests = TESTS[name]?.filter((test) => values.test?.includes(test.name) ?? true);
  if (!found || !tests) throw new Error(`there are no tests of a board ${name}`);
  const board = asTested(withKernel(found, values.kernel));
  const build = (version: string) => slotContents(board, { version, compression: "lz4hc" }, lock, tools, places);
  const image = await boardImage(await build("0.1.0"), {}, lock, tools, places);
  const folder = await mkdtemp(join(tmpdir(), "steppps-boot-"));
  try {
    for (const test of tests) {
      const started = Date.now();
      await test({ board, image, build, folder: join(folder, test.name), tools });
      process.stdout.write(`${name} ${test.name}: ok, ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
