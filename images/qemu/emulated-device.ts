import { existsSync } from "node:fs";
import { copyFile, mkdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Slot } from "../../runtime/contract/index.ts";
import type { Architecture } from "../rootfs/architecture.ts";
import { run } from "../steps/run.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { ConsoleLog } from "./console-log.ts";
import { nextDirectBoot } from "./direct.ts";
import { type Emulator, type Ending, startEmulator } from "./emulator.ts";
import { type Fat, openFat } from "./fat.ts";
import { FIRMWARE, type Forward } from "./machine.ts";

export interface EmulatedDeviceOptions {
  readonly arch: Architecture;
  /** A folder of its own: its disk, and what its loader takes from there. */
  readonly folder: string;
  /** Whether UEFI starts it, from the disk; otherwise the emulator does what a boot loader would. */
  readonly firmware: boolean;
  readonly forwards: readonly Forward[];
  readonly network?: boolean | undefined;
  /** As MachineOptions has them. */
  readonly usbDisks?: readonly string[] | undefined;
  readonly diskOnUsb?: boolean | undefined;
  readonly otherDisks?: readonly string[] | undefined;
  readonly readOnly?: boolean | undefined;
  /** Called before each start, when its loader has chosen: an empty file that this machine's writes to the disk are recorded in. */
  readonly writeLog?: ((start: number) => Promise<string>) | undefined;
}

const CARD_MEGABYTES = 1024;
/** Lines of its console that a diagnosis has. */
const LAST_LINES = 60;
/** What its monitor is asked about a machine that stands still: whether it runs, and where its processors are. */
const QUESTIONS = ["info status", "info cpus", "info registers -a"];
const DISK = "disk.img";
const VARIABLES = "firmware-variables.fd";

/** A device that is emulated, with a card of its own, through all its restarts. */
export class EmulatedDevice {
  readonly console = new ConsoleLog();
  /** The slots that were started, in their order; unknown where UEFI starts them. */
  readonly slots: Slot[] = [];
  /** Machines that were started. */
  starts = 0;
  readonly disk: string;
  readonly #options: EmulatedDeviceOptions;
  readonly #tools: Toolset;
  #emulator: Emulator | undefined;
  #running: Promise<Ending> | undefined;
  #stopped = false;
  #watchdogFired = false;

  constructor(options: EmulatedDeviceOptions, tools: Toolset) {
    this.#options = options;
    this.#tools = tools;
    this.disk = join(options.folder, DISK);
  }

  /** Puts a copy of an image into the device, as into a card that is larger than it. */
  async insert(image: string, megabytes = CARD_MEGABYTES): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true });
    await run("cp", ["--sparse=always", image, `${this.disk}.new`]);
    await truncate(`${this.disk}.new`, megabytes << 20);
    await rm(join(this.#options.folder, VARIABLES), { force: true });
    await run("mv", [`${this.disk}.new`, this.disk]);
  }

  get isInserted(): boolean {
    return existsSync(this.disk);
  }

  /** The FAT partition, as on somebody's laptop; only while the device is off. */
  card(): Promise<Fat> {
    return openFat(this.disk, this.#options.folder, this.#tools);
  }

  /** Switches it on. It goes through its restarts until it is switched off, from within or without. */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.#startOnce();
    this.#running = this.#goOn();
    this.#running.catch(() => {}); // `off` and `ended` tell
  }

  /** Resolves when it has switched itself off. */
  async ended(): Promise<Ending> {
    if (!this.#running) throw new Error("it was never switched on");
    return this.#running;
  }

  /** For a device that does not do what it should: what it said last and, while it is on, where its processors are. */
  async diagnosis(): Promise<string> {
    const answers: string[] = [];
    for (const question of QUESTIONS) {
      const answer = await this.#emulator?.ask(question).catch((error: Error) => error.message);
      answers.push(`${question}\n${answer?.trim() ?? "it is off"}`);
    }
    const lines = this.console.lines.slice(-LAST_LINES).join("\n");
    return `start ${this.starts}, the console's end:\n${lines}\n\n${answers.join("\n\n")}`;
  }

  /** As if the plug was pulled. */
  async cutPower(): Promise<void> {
    this.#stopped = true;
    await this.#emulator?.stop();
    await this.#running?.catch(() => {});
  }

  /** Plugs a stick in, a raw image; needs `usbDisks`. */
  plugIn(stick: string): void {
    this.#emulator?.plugIn(stick);
  }

  /** Whether the watchdog has fired in any of its starts. */
  get watchdogFired(): boolean {
    return this.#watchdogFired || (this.#emulator?.watchdogFired ?? false);
  }

  async #goOn(): Promise<Ending> {
    for (;;) {
      const ending = await (this.#emulator as Emulator).ended;
      if (ending !== "restart" || this.#stopped) return ending;
      await this.#startOnce();
    }
  }

  async #startOnce(): Promise<void> {
    const { arch, forwards, network, writeLog, usbDisks, diskOnUsb, otherDisks, readOnly } = this.#options;
    const how = this.#options.firmware ? { firmwareVariables: await this.#variables() } : { direct: await this.#choose() };
    const base = {
      arch,
      disk: this.disk,
      forwards,
      network,
      usbDisks,
      diskOnUsb,
      otherDisks,
      readOnly,
      writeLog: await writeLog?.(this.starts),
    };
    this.#watchdogFired = this.watchdogFired;
    this.starts++;
    this.#emulator = startEmulator({ ...base, ...how }, this.#tools, (line) => this.console.add(line));
  }

  async #choose() {
    const direct = await nextDirectBoot(await this.card(), this.#options.folder);
    this.slots.push(direct.slot);
    return direct;
  }

  async #variables(): Promise<string> {
    const file = join(this.#options.folder, VARIABLES);
    if (!existsSync(file)) await copyFile(join(this.#tools.root, FIRMWARE[this.#options.arch].variables), file);
    return file;
  }
}
