import type { Slot } from "./slots.ts";

/** The steps of an image update, in order. After a restart or a power cut it goes on from the step it had reached. */
export const UPDATE_STEPS = {
  approve: "it waits for a person, where the device document says so",
  fetch: "blocks that the working slot has are copied, the others fetched, into the other slot",
  verify: "the other slot is read back as a whole and compared",
  window: "it waits for the maintenance window of the device document",
  try: "its kernel is put beside it, and the device starts it once",
  gate: "it works, and is watched; unless it passes, the device goes back",
} as const;
export type UpdateStep = keyof typeof UPDATE_STEPS;

const UPDATE_OUTCOMES = ["running", "waiting", "done", "refused", "rolled-back"] as const;
export type UpdateOutcome = (typeof UPDATE_OUTCOMES)[number];

/** What became of an update so far. */
export interface UpdateReport {
  /** SHA-256 of the image's envelope, in hex. */
  readonly id: string;
  readonly version: string;
  readonly from: string;
  /** Where it goes. */
  readonly slot: Slot;
  readonly step: UpdateStep;
  readonly outcome: UpdateOutcome;
  /** Bytes of the slot that are in place, of how many; how many of them were fetched, as the bundle has them. */
  readonly progress?: { readonly done: number; readonly total: number; readonly fetched: number };
  /** What it waits for, in words. */
  readonly waits?: string;
  readonly error?: { readonly code: string; readonly what: string; readonly detail: string; readonly fix: string };
  /** Of the boot that failed, as far as it got. */
  readonly log?: string;
  /** ms since the epoch. */
  readonly time: number;
}

/** What a device says about the image it runs. */
export interface ImageStatus {
  readonly board: string;
  readonly version: string;
  readonly slot: Slot;
  /** Whether it passed its gate: a slot that has not is left at the next failure. */
  readonly blessed: boolean;
  /** What lies in the other slot, where it could be started. */
  readonly other?: { readonly version: string };
  /** The last update, or the one under way. */
  readonly update?: UpdateReport;
}
