import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type BoardFacts, SLOTS, type Slot, StepppsError } from "../../contract/index.ts";
import {
  type BootControl,
  type BootVolume,
  bootControl,
  findPartitions,
  type Restart,
  runningSlot,
  type StickPlaces,
} from "../../platform/index.ts";
import type { DevicePlaces } from "./places.ts";

/** The two slots of a machine that was started from an image. */
export interface DeviceSlots {
  readonly facts: BoardFacts;
  /** The one at work. */
  readonly slot: Slot;
  /** The one that the boot loader started and PID 1 gave up, when it is another. */
  readonly gaveUp?: Slot | undefined;
  readonly boot: BootControl;
  /** Of the root file systems. */
  readonly partitions: Readonly<Record<Slot, string>>;
  /** Where the boot partition is mounted. */
  readonly bootPath: string;
  /** Another one for each start of the machine. */
  readonly bootId: string;
  /** What the last start of a slot has left, and the kernel's record of a crash. */
  startLog(slot: Slot): Promise<string>;
  clearStartLog(slot: Slot): Promise<void>;
  /** What is wrong with the data partition; undefined when it is mounted and can be written. */
  dataFault(): Promise<string | undefined>;
  readonly sticks: StickPlaces;
  restart(restart: Restart): void;
}

export interface SlotOptions {
  readonly board: BoardFacts;
  readonly places: Pick<DevicePlaces, "boot" | "sticks">;
  readonly volume: BootVolume;
  /** What PID 1 calls the slot at work. */
  readonly started: string | undefined;
  restart(restart: Restart): void;
}

/** Where the kernel's last words are kept over a reset, where there is memory that keeps them. */
const CRASH_RECORD = "/sys/fs/pstore/dmesg-ramoops-0";
const LOG_BYTES = 64 * 1024;

/** Undefined on a machine with one slot for ever, as a container is. Throws E_BOOT_CONTROL where a slot can't be found. */
export async function readSlots({ board, places, volume, started, restart }: SlotOptions): Promise<DeviceSlots | undefined> {
  const { bootControl: name } = board;
  if (name === "none") return undefined;
  const labels = SLOTS.map((slot) => `root-${slot}`);
  const found = await findPartitions(labels, places.boot);
  const [a, b] = labels.map((label) => found.get(label));
  if (!a || !b) throw new StepppsError("E_BOOT_CONTROL", `no partition ${a ? "root-b" : "root-a"} on the disk of ${places.boot}`);
  const named = runningSlot(await readFile("/proc/cmdline", "utf8"));
  const slot = SLOTS.find((each) => each === started) ?? named;
  const mountPoint = "/data";
  const log = (slot: Slot) => join(mountPoint, "log", `boot-${slot}.log`);
  return {
    facts: board,
    slot,
    ...(slot !== named && { gaveUp: named }),
    boot: bootControl(name, volume),
    partitions: { a, b },
    bootPath: places.boot,
    bootId: (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim(),
    startLog: async (slot) => [await endOf(CRASH_RECORD), await endOf(log(slot))].filter(Boolean).join("\n"),
    clearStartLog: async (slot) => {
      await rm(log(slot), { force: true });
      await rm(CRASH_RECORD, { force: true });
    },
    async dataFault() {
      const lines = (await readFile("/proc/mounts", "utf8")).split("\n").map((line) => line.split(" "));
      const options = lines.find(([, point]) => point === mountPoint)?.[3]?.split(",");
      if (!options) return `${mountPoint} is not mounted`;
      return options.includes("ro") ? `${mountPoint} is read-only` : undefined;
    },
    sticks: places.sticks,
    restart,
  };
}

async function endOf(path: string): Promise<string> {
  return (await readFile(path, "utf8").catch(() => "")).slice(-LOG_BYTES);
}
