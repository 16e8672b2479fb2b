import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BOARDS, type Board } from "../../../board-support/index.ts";
import { boardImage } from "../../../images/disk/board-image.ts";
import type { SlotContents } from "../../../images/disk/slot.ts";
import { type PartitionPlace, readGpt } from "../../../images/formats/gpt.ts";
import { readLock } from "../../../images/lock/lock.ts";
import { ConsoleLog } from "../../../images/qemu/console-log.ts";
import { nextDirectBoot } from "../../../images/qemu/direct.ts";
import { EmulatedDevice, type EmulatedDeviceOptions } from "../../../images/qemu/emulated-device.ts";
import { type Emulator, startEmulator } from "../../../images/qemu/emulator.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import type { Slot } from "../../../runtime/contract/index.ts";
import { smallSlot } from "./root.ts";

/** Where PID 1 is tried: small devices that start within seconds, each with a card of its own. */
export class Bench {
  readonly #board: Board;
  readonly #folder: string;
  readonly #tools: Toolset;
  #image: Promise<string> | undefined;
  #made = 0;

  constructor(board: Board, folder: string, tools: Toolset) {
    this.#board = board;
    this.#folder = folder;
    this.#tools = tools;
  }

  /** The same with devices that UEFI starts. */
  withFirmware(): Bench {
    const board = BOARDS.find(({ name }) => name === `${this.#board.name}-uefi`);
    if (!board) throw new Error(`no board ${this.#board.name}-uefi`);
    return new Bench(board, join(this.#folder, "firmware"), this.#tools);
  }

  /** A device whose supervisor is `scenario`, a script; it has beat() and say(), which prints a line that begins with "test". */
  async device(scenario: string, options: Partial<EmulatedDeviceOptions> & { readonly fallback?: string } = {}): Promise<Device> {
    const { fallback = "say no fallback\n", ...others } = options;
    const folder = join(this.#folder, String(this.#made++));
    const firmware = this.#board.bootControl !== "direct";
    const own = { arch: this.#board.arch, folder, firmware, forwards: [], network: false };
    const device = new Device({ ...own, ...others }, this.#tools);
    this.#image ??= this.#makeImage();
    await device.insert(await this.#image);
    const card = await device.card();
    await card.writeText("scenario.sh", scenario);
    await card.writeText("fallback.sh", fallback);
    return device;
  }

  /** A card of another image, with partitions of the same names. */
  async otherCard(): Promise<string> {
    return boardImage(await this.slot("other"), {}, readLock(), this.#tools, imagePlaces());
  }

  slot(mark: string): Promise<SlotContents> {
    return smallSlot(this.#board, mark, this.#tools);
  }

  async #makeImage(): Promise<string> {
    return boardImage(await this.slot("a"), {}, readLock(), this.#tools, imagePlaces());
  }
}

export class Device extends EmulatedDevice {
  readonly #options: EmulatedDeviceOptions;
  readonly #tools: Toolset;

  constructor(options: EmulatedDeviceOptions, tools: Toolset) {
    super(options, tools);
    this.#options = options;
    this.#tools = tools;
  }

  /** Puts what an update would into a slot, but tells the boot loader nothing. */
  async fill(slot: Slot, { root, commandLine }: SlotContents): Promise<void> {
    await this.overwrite(`root-${slot}`, await readFile(root.file));
    const { offset } = await this.#place("boot");
    await this.#tools.run("mmd", ["-i", `${this.disk}@@${offset}`, `::${slot}`]);
    await (await this.card()).writeText(`${slot}/cmdline`, commandLine.replaceAll("{slot}", slot));
  }

  /** Writes `bytes` into a partition, from its byte `at` on. */
  async overwrite(partition: string, bytes: Uint8Array, at = 0): Promise<void> {
    const { offset } = await this.#place(partition);
    await using disk = await open(this.disk, "r+");
    await disk.write(bytes, 0, bytes.length, offset + at);
  }

  /** Commands of debugfs on the data partition. */
  async damageData(commands: readonly string[]): Promise<void> {
    const { offset } = await this.#place("data");
    const args = ["-w", "-f", "-", `${this.disk}?offset=${offset}`];
    await this.#tools.run("debugfs", args, { input: commands.map((command) => `${command}\n`).join("") });
  }

  /** One start whose loader has already taken what it needs from the card when `spoil` changes it. */
  async startWith(spoil: () => Promise<void>): Promise<{ readonly console: ConsoleLog; readonly emulator: Emulator }> {
    const { arch, folder, forwards } = this.#options;
    const direct = await nextDirectBoot(await this.card(), folder);
    await spoil();
    const console = new ConsoleLog();
    const machine = { arch, disk: this.disk, forwards, network: false, direct };
    return { console, emulator: startEmulator(machine, this.#tools, (line) => console.add(line)) };
  }

  async #place(name: string): Promise<PartitionPlace> {
    const found = (await readGpt(this.disk)).find((partition) => partition.name === name);
    if (!found) throw new Error(`${this.disk} has no partition ${name}`);
    return found;
  }
}
