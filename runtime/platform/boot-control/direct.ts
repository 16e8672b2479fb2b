import { otherSlot, SLOTS, type Slot, StepppsError, text, utf8 } from "../../contract/index.ts";
import { type Loader, slotFile, TRIES } from "./loader.ts";
import type { BootFiles, BootStep } from "./volume.ts";

const FILE = "slots.txt";

/** What `slots.txt` says. */
interface Slots {
  readonly good: Slot;
  readonly trial?: { readonly slot: Slot; readonly left: number };
}

/**
 * An emulator that loads the kernel itself: before each start it asks `chooseDirect`. One file, which is replaced as a whole:
 *
 *   good=a
 *   try=b 3
 */
export function directLoader(): Loader {
  return {
    oneShot: false,
    install: () => [writeSlots({ good: "a" })],
    stage: (slot, commandLine) => [{ do: "write", path: slotFile(slot, "cmdline"), content: utf8(commandLine) }],
    async retire(files, slot) {
      const { good, trial } = await slotsOf(files);
      if (good !== slot && trial?.slot !== slot) return [];
      return [writeSlots({ good: good === slot ? otherSlot(slot) : good })];
    },
    async try(files, slot) {
      const { good } = await slotsOf(files);
      return { steps: [writeSlots({ good, trial: { slot, left: TRIES } })], restart: {} };
    },
    async bless(files, slot) {
      const { good, trial } = await slotsOf(files);
      return good === slot && trial === undefined ? [] : [writeSlots({ good: slot })];
    },
    async isBlessed(files, slot) {
      const { good, trial } = await slotsOf(files);
      return good === slot && trial === undefined;
    },
  };
}

/** Which slot to start by the text of `slots.txt`, and what it says from then on. Throws E_BOOT_CONTROL. */
export function chooseDirect(content: string): { readonly slot: Slot; readonly content: string } {
  const { good, trial } = parseSlots(content);
  if (!trial || trial.left === 0) return { slot: good, content };
  return { slot: trial.slot, content: formatSlots({ good, trial: { ...trial, left: trial.left - 1 } }) };
}

async function slotsOf(files: BootFiles): Promise<Slots> {
  const bytes = await files.read(FILE);
  if (!bytes) throw new StepppsError("E_BOOT_CONTROL", `${FILE} is missing`);
  return parseSlots(text(bytes));
}

function parseSlots(content: string): Slots {
  const [, good, trial, left] = /^good=([ab])\n(?:try=([ab]) (\d)\n)?$/.exec(content) ?? [];
  const slot = (name: string | undefined) => SLOTS.find((each) => each === name);
  const isGood = slot(good);
  if (!isGood) throw new StepppsError("E_BOOT_CONTROL", `${FILE}: ${JSON.stringify(content.slice(0, 80))}`);
  const tried = slot(trial);
  return { good: isGood, ...(tried && { trial: { slot: tried, left: Number(left) } }) };
}

function formatSlots({ good, trial }: Slots): string {
  return `good=${good}\n${trial ? `try=${trial.slot} ${trial.left}\n` : ""}`;
}

function writeSlots(slots: Slots): BootStep {
  return { do: "write", path: FILE, content: utf8(formatSlots(slots)) };
}
