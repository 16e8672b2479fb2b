import { type Slot, StepppsError } from "../../contract/index.ts";
import type { BootControl } from "../../platform/index.ts";

/**
 * Before a slot is started that was written long ago. A file of it that is damaged is put back from the other slot, where that has
 * the same. Throws E_UPDATE_UNKNOWN where there is no slot, E_UPDATE_DAMAGED, E_FILE.
 */
export async function checkSlot(slot: Slot, boot: Pick<BootControl, "whole" | "damaged" | "mend">): Promise<void> {
  if (!(await boot.whole(slot))) throw new StepppsError("E_UPDATE_UNKNOWN", `slot ${slot} holds nothing that starts`);
  const damaged = await boot.damaged(slot);
  const mended = damaged.length > 0 ? await boot.mend(slot, damaged) : [];
  const left = damaged.filter((name) => !mended.includes(name));
  if (left.length > 0) throw new StepppsError("E_UPDATE_DAMAGED", `slot ${slot}: ${left.join(", ")}`);
}
