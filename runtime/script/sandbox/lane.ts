/** Batches that a guest must have run well before it is trusted with the event loop. */
const TRIED = 16;
/** A batch runs inline when it is expected to take less, in µs: a hand-over to a thread and back costs some 30. */
const SHORT_MICROS = 200;
/** Inputs of one inline batch at most: with its deadline this bounds what a guest that turns slow can hold up. */
const MAX_INLINE = 64;
/** How much the newest batch tells of the cost of an input. */
const WEIGHT = 1 / 8;

/** ms that one input may take inline; beyond, its batch is run again on a thread, with the manifest's deadline. */
export const INLINE_DEADLINE_MS = 2;

/**
 * Where a guest's next batch runs: short ones of a guest that has proved quick on the event loop itself, all others on a
 * native thread. A hand-over costs more than a small batch does, and its two thread switches are what the slowest
 * messages wait for.
 */
export class Lane {
  #runs = 0;
  #microsPerInput = 0;

  /** Whether a batch of that many inputs may run inline. */
  inline(inputs: number): boolean {
    return this.#runs >= TRIED && inputs <= MAX_INLINE && inputs * this.#microsPerInput < SHORT_MICROS;
  }

  /** Tells what a batch took. */
  ran(inputs: number, micros: number): void {
    const cost = micros / Math.max(1, inputs);
    this.#microsPerInput = this.#runs === 0 ? cost : this.#microsPerInput + (cost - this.#microsPerInput) * WEIGHT;
    this.#runs++;
  }
}

/** How many inputs a batch holds, counted up to one more than `limit`: as many as may run inline where absent. */
export function countInputs(batch: Uint8Array, limit = MAX_INLINE): number {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  let count = 0;
  for (let at = 0; at + 4 <= batch.length && count <= limit; at += 4 + view.getUint32(at, true)) count++;
  return count;
}
