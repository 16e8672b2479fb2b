import type { TransferOffer } from "../contract/index.ts";
import type { Op } from "../store/index.ts";
import type { Place } from "./stored.ts";

/** One artefact on its way in: what was offered, and what is here of it. */
export class Transfer {
  readonly id: string;
  readonly offer: TransferOffer;
  /** As it was offered: what the journal keeps. */
  readonly encoded: Uint8Array;
  /** ms since the epoch: when it was offered last. */
  readonly time: number;
  /** Indexes whose chunk is on disk. */
  readonly staged = new Set<number>();
  /** Chunks that lie in a stored envelope. */
  stored: ReadonlyMap<number, Place> = new Map();
  /** Whether its row is in the journal: it comes with its first chunk, so that offers alone write nothing. */
  begun: boolean;
  /** When something of it came last, ms since the epoch. */
  touched: number;
  /** It is whole, and handed on. */
  handing = false;

  constructor(id: string, offer: TransferOffer, encoded: Uint8Array, time: number, begun: boolean) {
    this.id = id;
    this.offer = offer;
    this.encoded = encoded;
    this.time = time;
    this.begun = begun;
    this.touched = time;
  }

  /** Of the chunks on disk. */
  get stagedBytes(): number {
    return [...this.staged].reduce((bytes, index) => bytes + (this.offer.lengths[index] ?? 0), 0);
  }

  get whole(): boolean {
    return this.missing().length === 0;
  }

  missing(): number[] {
    return this.offer.lengths.flatMap((_, index) => (this.staged.has(index) || this.stored.has(index) ? [] : [index]));
  }

  /** What is to be written of these chunks; those that are here already are not written again. */
  stage(chunks: readonly { index: number; data: Uint8Array }[]): Op[] {
    const fresh = chunks.filter(({ index }) => !this.staged.has(index) && !this.stored.has(index));
    const ops = fresh.map(({ index, data }): Op => ["transfer.chunk", this.id, index, data]);
    if (ops.length > 0 && !this.begun) ops.unshift(["transfer.begin", this.id, this.time, this.encoded]);
    return ops;
  }
}
