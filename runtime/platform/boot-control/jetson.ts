import { otherSlot, type Slot, utf8 } from "../../contract/index.ts";
import { type Loader, slotFile } from "./loader.ts";
import type { BootFiles, BootStep } from "./volume.ts";

/** [docs.nvidia.com, Jetson Linux, UEFI Adaptation] */
const NORMAL = 0;
const UNBOOTABLE = 0xff;
const NEXT_CHAIN = "BootChainFwNext";
const CURRENT_CHAIN = "BootChainFwCurrent";

/**
 * Jetson's UEFI: it keeps a status for each slot, counts the starts of one itself, marks it unbootable (0xFF) after too many and
 * starts the other. A status of 0xFF stays until somebody sets it back, which a bless does for both slots. `trial-b` on the boot
 * partition says that b is on trial, which the firmware doesn't tell.
 */
export function jetsonLoader(): Loader {
  return {
    oneShot: false,
    install: () => [],
    stage: (slot, commandLine) => [
      { do: "write", path: slotFile(slot, "extlinux.conf"), content: utf8(extlinux(slot, commandLine)) },
      { do: "write", path: slotFile(slot, "cmdline"), content: utf8(commandLine) },
    ],
    async retire(files, slot) {
      const steps: BootStep[] = [
        { do: "variable", name: statusName(otherSlot(slot)), value: NORMAL },
        { do: "variable", name: NEXT_CHAIN, value: chain(otherSlot(slot)) },
        { do: "variable", name: statusName(slot), value: UNBOOTABLE },
      ];
      return [...steps, ...(await dropTrial(files, slot))];
    },
    async try(_files, slot) {
      const steps: BootStep[] = [
        { do: "write", path: trialFile(slot), content: utf8("1\n") },
        { do: "variable", name: statusName(slot), value: NORMAL },
        { do: "variable", name: NEXT_CHAIN, value: chain(slot) },
      ];
      return { steps, restart: {} };
    },
    async bless(files, slot) {
      const both = [slot, otherSlot(slot)].map((each): BootStep => ({ do: "variable", name: statusName(each), value: NORMAL }));
      return [...both, ...(await dropTrial(files, slot))];
    },
    async isBlessed(files, slot) {
      const current = await files.variable(CURRENT_CHAIN);
      const status = (await files.variable(statusName(slot))) ?? NORMAL;
      const trial = await dropTrial(files, slot);
      return (current === undefined || current === chain(slot)) && status === NORMAL && trial.length === 0;
    },
  };
}

function extlinux(slot: Slot, commandLine: string): string {
  return [
    "TIMEOUT 1",
    "DEFAULT steppps",
    "LABEL steppps",
    `  LINUX /${slotFile(slot, "kernel")}`,
    `  INITRD /${slotFile(slot, "initramfs")}`,
    `  APPEND ${commandLine}`,
    "",
  ].join("\n");
}

function statusName(slot: Slot): string {
  return `RootfsStatusSlot${slot.toUpperCase()}`;
}

function chain(slot: Slot): number {
  return slot === "a" ? 0 : 1;
}

function trialFile(slot: Slot): string {
  return `trial-${slot}`;
}

async function dropTrial(files: BootFiles, slot: Slot): Promise<BootStep[]> {
  return (await files.list("")).includes(trialFile(slot)) ? [{ do: "remove", path: trialFile(slot) }] : [];
}
