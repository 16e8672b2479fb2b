import { TRANSFER_BOUNDS } from "../contract/index.ts";

/** ms that one piece should take from being sent to being acknowledged: what a cut link costs at most, about. */
const GOAL = 500;
/** An answer to the offer within so many ms says that the link is a quick one. */
const QUICK = 30;
const QUICK_BYTES = 64 * 1024;
const SLOW_BYTES = 1024;
const IN_FLIGHT = 2;

/**
 * How much is under way at once. A piece is what is sent again when the link is cut, so on a slow link pieces are small; on a
 * quick one a whole plugin is one piece.
 */
export class Pace {
  #bytes = SLOW_BYTES;
  #most: number;
  #known = false;

  /** `most`: bytes of a piece that are never exceeded, but by a single chunk. */
  constructor(most: number = TRANSFER_BOUNDS.pieceBytes) {
    this.#most = most;
  }

  /** Bytes that the next piece may hold; a single chunk may be more. */
  get pieceBytes(): number {
    return this.#bytes;
  }

  get inFlight(): number {
    return IN_FLIGHT;
  }

  /** The device answered an offer of so many bytes. */
  answered(millis: number, bytes: number): void {
    if (this.#known) return;
    this.#known = true;
    const likely = millis < QUICK ? QUICK_BYTES : (bytes / millis) * GOAL;
    this.#bytes = Math.max(SLOW_BYTES, Math.min(this.#most, QUICK_BYTES, likely));
  }

  /** A piece was acknowledged. */
  acknowledged(millis: number): void {
    if (millis < GOAL / 2) this.#bytes = Math.min(this.#most, this.#bytes * 2);
    else if (millis > GOAL * 2) this.#bytes = Math.max(SLOW_BYTES, this.#bytes / 2);
  }

  /** The connection was lost with pieces under way, as it may be again: they are to be smaller. */
  lost(): void {
    this.#most = Math.max(SLOW_BYTES, this.#bytes / 2);
    this.#bytes = SLOW_BYTES;
  }
}
