import type { Slot } from "../../contract/index.ts";
import type { BootFiles, BootStep, Measured } from "./volume.ts";

/** A start that follows a reboot. */
export interface Restart {
  /** For reboot(2)'s RESTART2, where the firmware has to be told. */
  readonly argument?: string;
}

/**
 * How one boot loader is told which slot to start, as plans over what lies on the boot partition. Wherever a plan is cut short, the
 * loader starts a slot that is whole. Every slot's own files lie in its folder with `sums` of them, `cmdline` the last: without it the
 * slot is not whole.
 */
export interface Loader {
  /** What the loader itself needs, once. */
  install(): readonly BootStep[];
  /** What is needed beside kernel, initramfs and device tree, `files` by name, once those are there. */
  stage(slot: Slot, commandLine: string, files: ReadonlyMap<string, Measured>): readonly BootStep[];
  /** `slot` is not started from now on. */
  retire(files: BootFiles, slot: Slot): Promise<readonly BootStep[]>;
  /** The next start is of `slot`; unless it is blessed, a later one is of the other again. */
  try(files: BootFiles, slot: Slot): Promise<{ readonly steps: readonly BootStep[]; readonly restart: Restart }>;
  /** Every start from now on is of `slot`. */
  bless(files: BootFiles, slot: Slot): Promise<readonly BootStep[]>;
  /** Whether every start is of `slot`, as far as the loader has been told. */
  isBlessed(files: BootFiles, slot: Slot): Promise<boolean>;
  /** Whether a try is over by itself after one start, also after one that was cut short by the power. */
  readonly oneShot: boolean;
}

/** How often a slot is tried before the loader goes back. */
export const TRIES = 3;

export function slotFile(slot: Slot, name: string): string {
  return `${slot}/${name}`;
}
