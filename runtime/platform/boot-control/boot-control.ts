import { createHash } from "node:crypto";
import { type BootControlName, otherSlot, SLOTS, type Slot, StepppsError, text } from "../../contract/index.ts";
import { directLoader } from "./direct.ts";
import { jetsonLoader } from "./jetson.ts";
import { type Loader, type Restart, slotFile } from "./loader.ts";
import { formatSums, parseSums, SUMS } from "./sums.ts";
import { systemdBootLoader } from "./systemd-boot.ts";
import { trybootLoader } from "./tryboot.ts";
import { uBootLoader } from "./u-boot.ts";
import type { BootStep, BootVolume, Measured } from "./volume.ts";

/** What a slot has on the boot partition: by name the absolute path of a file to copy, and the kernel's command line. */
export interface SlotFiles {
  readonly files: Readonly<Record<string, string>>;
  readonly commandLine: string;
}

/** Which slot starts, as this board's boot loader is told it. */
export interface BootControl {
  /** Whether a try is over by itself after one start, also after one that was cut short by the power. */
  readonly oneShot: boolean;
  /** Whether every start is of `slot`. */
  blessed(slot: Slot): Promise<boolean>;
  /** Whether the slot's files are whole. */
  whole(slot: Slot): Promise<boolean>;
  /** Bytes that the files of `slot` may have in all, in place of those that it has. */
  room(slot: Slot): Promise<number>;
  /** `slot` is not started from now on, and is no longer whole. To be called before anything of it is overwritten. */
  retire(slot: Slot): Promise<void>;
  /** Puts the files of a retired slot in place. */
  stage(slot: Slot, image: SlotFiles): Promise<void>;
  /** The next start is of `slot`, and so on until it is blessed or the loader gives up. The restart is the caller's. */
  try(slot: Slot): Promise<Restart>;
  bless(slot: Slot): Promise<void>;
  /** Names of the slot's files that are not what they were when they came there; none of a slot that isn't whole. */
  damaged(slot: Slot): Promise<string[]>;
  /**
   * Puts such files back from the other slot, where that has the same ones. Not to be called of a slot that is being staged.
   * Returns the names of those that are as they were.
   */
  mend(slot: Slot, names: readonly string[]): Promise<string[]>;
}

const LOADERS: Readonly<Record<Exclude<BootControlName, "none">, () => Loader>> = {
  "systemd-boot": systemdBootLoader,
  "u-boot": uBootLoader,
  tryboot: trybootLoader,
  jetson: jetsonLoader,
  direct: directLoader,
};

/** Files of the loader's own, for whoever makes a boot partition; what a board's firmware needs beside them is the board's. */
export function installSteps(name: Exclude<BootControlName, "none">): readonly BootStep[] {
  return LOADERS[name]().install();
}

export function bootControl(name: Exclude<BootControlName, "none">, volume: BootVolume): BootControl {
  const loader = LOADERS[name]();
  return {
    oneShot: loader.oneShot,
    blessed: (slot) => loader.isBlessed(volume, slot),
    whole: async (slot) => (await volume.list(slot)).includes("cmdline"),
    async room(slot) {
      const names = await volume.list(slot);
      const sizes = await Promise.all(names.map((file) => volume.size(slotFile(slot, file))));
      return sizes.reduce((sum, size) => sum + size, await volume.free());
    },
    async retire(slot) {
      const whole = (await volume.list(slot)).includes("cmdline");
      const mark: BootStep[] = whole ? [{ do: "remove", path: slotFile(slot, "cmdline") }] : [];
      await volume.change([...(await loader.retire(volume, slot)), ...mark]);
    },
    async stage(slot, { files, commandLine }) {
      const old = (await volume.list(slot)).map((file): BootStep => ({ do: "remove", path: slotFile(slot, file) }));
      const copies = Object.entries(files).map(([file, from]): BootStep => ({ do: "copy", path: slotFile(slot, file), from }));
      const measured = new Map<string, Measured>();
      for (const [file, from] of Object.entries(files)) measured.set(file, await volume.measure(from));
      const own = loader.stage(slot, commandLine.replaceAll("{slot}", slot), measured);
      const sums = new Map([...measured].map(([file, { sha256 }]) => [file, sha256]));
      for (const step of own) {
        if (step.do !== "write" || !step.path.startsWith(`${slot}/`)) continue;
        sums.set(step.path.slice(2), createHash("sha256").update(step.content).digest("hex"));
      }
      await volume.change([...old, ...copies, { do: "write", path: slotFile(slot, SUMS), content: formatSums(sums) }, ...own]);
    },
    async try(slot) {
      const { steps, restart } = await loader.try(volume, slot);
      await volume.change(steps);
      return restart;
    },
    async bless(slot) {
      await volume.change(await loader.bless(volume, slot));
    },
    async damaged(slot) {
      const names = await volume.list(slot);
      if (!names.includes("cmdline")) return [];
      const sums = await sumsOf(volume, slot);
      if (!sums) return [SUMS];
      const damaged: string[] = [];
      for (const [name, sum] of sums) if (!(await isWhole(volume, slot, name, sum))) damaged.push(name);
      return damaged;
    },
    async mend(slot, names) {
      const [sums, others] = await Promise.all([sumsOf(volume, slot), sumsOf(volume, otherSlot(slot))]);
      const mended: string[] = [];
      for (const name of names) {
        const sum = sums?.get(name);
        if (sum === undefined || others?.get(name) !== sum || !(await isWhole(volume, otherSlot(slot), name, sum))) continue;
        const from = volume.path(slotFile(otherSlot(slot), name));
        await volume.change([{ do: "copy", path: slotFile(slot, name), from }]);
        if (await isWhole(volume, slot, name, sum)) mended.push(name);
      }
      return mended;
    },
  };
}

async function sumsOf(volume: BootVolume, slot: Slot): Promise<Map<string, string> | undefined> {
  const content = await volume.read(slotFile(slot, SUMS)).catch(() => undefined);
  return content && parseSums(text(content));
}

/** A file that is missing or can't be read is not whole. */
async function isWhole(volume: BootVolume, slot: Slot, name: string, sha256: string): Promise<boolean> {
  const found = await volume.measure(volume.path(slotFile(slot, name))).catch(() => undefined);
  return found?.sha256 === sha256;
}

/** The slot that the kernel's command line names. Throws E_BOOT_CONTROL. */
export function runningSlot(commandLine: string): Slot {
  const named = /(?:^|\s)steppps\.slot=(\S+)/.exec(commandLine)?.[1];
  const slot = SLOTS.find((each) => each === named);
  if (!slot) throw new StepppsError("E_BOOT_CONTROL", "the kernel's command line names no slot (steppps.slot=)");
  return slot;
}
