import { strict as assert } from "node:assert";
import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withoutParts } from "../../images/formats/device-tree.ts";
import { ConsoleLog } from "../../images/qemu/console-log.ts";
import { startEmulator } from "../../images/qemu/emulator.ts";
import { openFat } from "../../images/qemu/fat.ts";
import type { DirectBoot } from "../../images/qemu/machine.ts";
import { formatStart, startTimes } from "../../images/qemu/phases.ts";
import { run } from "../../images/steps/run.ts";
import type { Toolset } from "../../images/toolset/toolset.ts";
import type { Subject } from "./subject.ts";

/** SD cards of QEMU's have a power of two. */
const CARD_BYTES = 1 << 30;

/**
 * What QEMU 10's raspi4b has not, or has otherwise than the real one. The display's parts aren't there: an access to them ends the kernel.
 * The card is where the real one has its Wi-Fi, which is switched on by a GPIO of the firmware's that isn't there. The power manager's
 * watchdog starts the machine again as soon as it is set. Bluetooth would have the serial line that is our console.
 * QEMU itself takes out PCIe, Ethernet, the thermometer and the random number generator.
 */
const MISSING = [
  ...["clock@7ef00000", "interrupt-controller@7ef00100", "hdmi@7ef00700", "i2c@7ef04500", "hdmi@7ef05700", "i2c@7ef09500"],
  ...["mmc@7e300000:mmc-pwrseq", "mmc@7e300000/wifi@1", "watchdog@7e100000", "serial@7e201000/bluetooth"],
].map((part) => `/soc/${part}`);

/**
 * The image for a Raspberry Pi 4, from its SD card to a supervisor that handles messages: kernel, drivers and device tree are the image's
 * own, but for `MISSING` and the console. Its firmware and U-Boot are not run: the emulator takes what they would take from the first partition.
 */
export async function startsAsARaspberryPi({ image, folder, tools }: Subject): Promise<void> {
  await mkdir(folder, { recursive: true });
  const disk = join(folder, "card.img");
  await run("cp", ["--sparse=always", image, disk]);
  await truncate(disk, CARD_BYTES);
  const console = new ConsoleLog();
  const options = { arch: "arm64", raspberryPi4: true, disk, direct: await filesOf(disk, folder, tools) } as const;
  const emulator = startEmulator(options, tools, (line) => console.add(line));
  emulator.ended.then((ending) => console.add(`it ended: ${ending}`)).catch((error) => console.add(String(error)));
  try {
    const times = await startTimes(console, 0);
    for (const line of formatStart(times)) process.stdout.write(`${line}\n`);
    assert.ok(
      times.phases.some(({ name }) => name === "grow"),
      "its file system grew to the card",
    );
  } finally {
    await emulator.stop();
  }
}

/** What U-Boot's script would start, of slot a. */
async function filesOf(disk: string, folder: string, tools: Toolset): Promise<DirectBoot> {
  const fat = await openFat(disk, folder, tools);
  const [kernel = "", initramfs = "", deviceTree = ""] = ["kernel", "initramfs", "board.dtb"].map((name) => join(folder, name));
  await fat.extract("a/kernel", kernel);
  await fat.extract("a/initramfs", initramfs);
  await fat.extract("a/board.dtb", deviceTree);
  await writeFile(deviceTree, withoutParts(await readFile(deviceTree), MISSING));
  return { kernel, initramfs, deviceTree, commandLine: (await fat.readText("a/cmdline")).trim() };
}
