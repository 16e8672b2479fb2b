/** A device has its kernel and its root file system twice: one slot works, the other one takes the next version. */
export const SLOTS = ["a", "b"] as const;
export type Slot = (typeof SLOTS)[number];

export function otherSlot(slot: Slot): Slot {
  return slot === "a" ? "b" : "a";
}
