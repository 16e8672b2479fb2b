import { otherSlot, type Slot, StepppsError, type SystemEvent } from "../../contract/index.ts";
import type { BootControl } from "../../platform/index.ts";

export interface BootFilesOptions {
  /** The one at work: no update writes to it. */
  readonly slot: Slot;
  readonly boot: Pick<BootControl, "damaged" | "mend">;
  emit(event: Omit<SystemEvent, "time">): void;
  /** What stays wrong. */
  troubles(errors: readonly StepppsError[]): void;
}

/**
 * Reads what both slots start from, and mends the slot at work from the other one where that has the same file. A damaged kernel runs
 * until the next start, and would be found only then. Never rejects.
 */
export async function checkBootFiles({ slot, boot, emit, troubles }: BootFilesOptions): Promise<void> {
  const found: StepppsError[] = [];
  for (const each of [slot, otherSlot(slot)]) {
    try {
      const damaged = await boot.damaged(each);
      const mended = each === slot && damaged.length > 0 ? await boot.mend(slot, damaged) : [];
      const left = damaged.filter((name) => !mended.includes(name));
      if (mended.length > 0) {
        const text = `slot ${slot}: ${mended.join(", ")} was damaged, and is back from the other slot`;
        emit({ kind: "device.trouble", level: "warn", text });
      }
      if (left.length > 0) found.push(new StepppsError("E_DEVICE_BOOT_FILES", `slot ${each}: ${left.join(", ")}`));
    } catch (cause) {
      found.push(new StepppsError("E_DEVICE_BOOT_FILES", `slot ${each}: ${(cause as Error).message}`, { cause }));
    }
  }
  for (const { code, message } of found) emit({ kind: "device.trouble", level: "error", code, text: message });
  troubles(found);
}
