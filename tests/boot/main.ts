// node tests/boot/main.ts [--board NAME]... [--test NAME]... [--longer] [--kernel NAME]: builds images, starts them under emulation and
// uses them from outside, as people do. `npm test` runs it without arguments; what takes longer runs when it is asked for.
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
import { fallsBackInSystemdBoot } from "./falls-back-in-systemd-boot.ts";
import { fallsBackInUBoot } from "./falls-back-in-u-boot.ts";
import { firstProcess } from "./first-process.ts";
import { handlesMessages } from "./handles-messages.ts";
import { installsToADisk } from "./installs-to-a-disk.ts";
import { joinsWifi } from "./joins-wifi.ts";
import { keepsLayersWhole } from "./keeps-layers-whole.ts";
import { mountsLayers } from "./mounts-layers.ts";
import { refusesTampering } from "./refuses-tampering.ts";
import { startsAsARaspberryPi } from "./starts-as-a-raspberry-pi.ts";
import type { Subject } from "./subject.ts";
import { takesAStick } from "./takes-a-stick.ts";
import { updatesAndRollsBack } from "./updates-and-rolls-back.ts";

type Test = (subject: Subject) => Promise<void>;

/** Which tests a board runs in `npm test`. */
const TESTS: Readonly<Record<string, readonly Test[]>> = {
  "qemu-x86_64": [firstProcess, handlesMessages, refusesTampering, updatesAndRollsBack, takesAStick, joinsWifi, mountsLayers],
  "qemu-arm64": [fallsBackInUBoot, handlesMessages, refusesTampering],
  pc: [installsToADisk],
};

/** Those that run with --longer, or when they, or a board that has no others, are named. */
const LONGER: Readonly<Record<string, readonly Test[]>> = {
  "qemu-x86_64": [keepsLayersWhole],
  "qemu-arm64": [updatesAndRollsBack],
  "qemu-arm64-uefi": [handlesMessages, updatesAndRollsBack],
  "qemu-x86_64-uefi": [handlesMessages, updatesAndRollsBack, fallsBackInSystemdBoot],
  "raspberry-pi-4": [startsAsARaspberryPi],
};

/** Room for one version in each slot: an emulated processor takes its time to copy what is empty. */
const SMALL = { boot: { size: 96, type: "esp" }, root: { size: 80 }, data: { size: 64 } } as const;

/** QEMU's mini UART never takes its interrupt back, which keeps a real-time kernel from all else once the line is open. */
const PI_CONSOLE = ["console=ttyAMA0,115200"];

/** With the serial line for its console, which otherwise is the screen: we have none. */
function asTested(board: Board): Board {
  const commandLine = board.commandLine.toReversed();
  if (board.name === "pc") return { ...board, layout: SMALL, commandLine };
  return board.name === "raspberry-pi-4" ? { ...board, commandLine: PI_CONSOLE } : board;
}

const several = { type: "string", multiple: true } as const;
const longer = { type: "boolean", default: false } as const;
const { values } = parseArgs({ options: { board: several, test: several, longer, kernel: { type: "string" } } });
const names = values.board ?? Object.keys(values.longer ? { ...TESTS, ...LONGER } : TESTS);
const all = [TESTS, LONGER].flatMap((table) => Object.values(table).flat());
const unknown = values.test?.find((name) => !all.some((test) => test.name === name));
if (unknown !== undefined)
  throw new Error(`there is no test ${unknown}: ${[...new Set(all.map(({ name }) => name))].join(", ")}`);
const lock = readLock();
const places = imagePlaces();
const tools = await toolset(lock, places, ["tools", "qemu"]);

/** The tests of a board that were asked for. */
function testsOf(name: string): readonly Test[] {
  const usual = TESTS[name] ?? [];
  const chosen = values.longer || values.test || usual.length === 0 ? [...usual, ...(LONGER[name] ?? [])] : usual;
  return chosen.filter((test) => values.test?.includes(test.name) ?? true);
}

for (const name of names) {
  const found = BOARDS.find((each) => each.name === name);
  const tests = testsOf(name);
  if (!found || !(name in TESTS || name in LONGER)) throw new Error(`there are no tests of a board ${name}`);
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
