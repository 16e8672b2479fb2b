/** What is compared takes turns by the wall clock, which every process of the benchmark reads: on in every other slot. */
export const SLOT_MS = 2_000;

/** Whether everything is observed now: recorded, scraped, traced. */
export function isObserved(now = Date.now()): boolean {
  return Math.floor(now / SLOT_MS) % 2 === 0;
}

/** Resolves when the next slot begins. */
export function nextSlot(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SLOT_MS - (Date.now() % SLOT_MS)));
}
