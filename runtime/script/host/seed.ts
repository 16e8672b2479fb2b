import type { Seed } from "../workflow/batch.ts";

/** A seed as the journal has it: eight bytes. */
export function readSeed(bytes: Uint8Array): Seed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return { low: view.getInt32(0, true), high: view.getInt32(4, true) };
}
