import { decodeInputs, encodeInputs } from "../../contract/index.ts";

/** Recorded inputs that were handled together; `seq`: number of the first. */
export interface Recorded {
  readonly seq: number;
  readonly inputs: Uint8Array;
}

export interface Piece {
  readonly seq: number;
  readonly batch: Uint8Array;
}

/** A piece that took so long is not made longer, ms: what is under way can't be stopped but by a guest's own deadline. */
const LONG_MS = 8;
const LARGEST = 256;

/** Cuts recorded batches into pieces: short ones first, longer ones as they prove quick. */
export class Pieces {
  #count = 1;

  async *of(batches: AsyncIterable<Recorded>): AsyncGenerator<Piece> {
    for await (const { seq, inputs } of batches) {
      const all = decodeInputs(inputs);
      for (let at = 0; at < all.length; ) {
        const count = Math.min(this.#count, all.length - at);
        const batch = count === all.length ? inputs : encodeInputs(all.slice(at, at + count));
        yield { seq: seq + at, batch };
        at += count;
      }
    }
  }

  /** Tells what the last piece took, ms. */
  took(millis: number): void {
    if (millis < LONG_MS / 2) this.#count = Math.min(LARGEST, this.#count * 2);
    else if (millis > LONG_MS) this.#count = Math.max(1, this.#count >> 1);
  }
}
