import type { Op } from "../../store/index.ts";
import type { StateImage } from "./image.ts";

export interface HistoryRow {
  readonly seq: number;
  readonly count: number;
  readonly version: string;
  readonly batch: Uint8Array;
  readonly effects: Uint8Array;
}

/** Recent inputs kept of each plugin: for replay, for trying a new version, for outputs not yet sent. */
const KEEP_BYTES = 8 * 1024 * 1024;

/**
 * What a durable plugin writes down: each batch with its effects, how far its outputs were sent, and now and then its
 * whole state. Rows before the last state but one are dropped, so that a replay always has a state to begin with.
 *
 *   … trimmed │ checkpoint ── batches ── checkpoint ── batches ── now
 */
export class History {
  readonly #plugin: string;
  #bytes: number;
  #sent = -1;
  #written = -1;
  #trimTo: number | undefined;
  /** There is no checkpoint to replay from. */
  #shed = false;

  constructor(plugin: string, bytes: number) {
    this.#plugin = plugin;
    this.#bytes = bytes;
  }

  /** What to commit for a batch; `image` is the state after it. */
  add(row: HistoryRow, image: StateImage): Op[] {
    const { seq, count, version, batch, effects } = row;
    const ops: Op[] = [["batch.add", this.#plugin, seq, count, version, batch, effects], ...this.sentOps()];
    this.#bytes += batch.length + effects.length;
    // Not sooner than the state is large: a checkpoint must not cost more than what led to it.
    if (this.#bytes > Math.max(KEEP_BYTES / 2, image.bytes) || this.#shed) {
      this.#shed = false;
      this.#bytes = 0;
      const next = seq + count;
      ops.push(["checkpoint.set", this.#plugin, next, version, image.snapshot()]);
      // What isn't sent yet stays: the outputs are in it.
      if (this.#trimTo !== undefined) {
        ops.push(
          ["batch.trim", this.#plugin, Math.min(this.#trimTo, this.#sent + 1)],
          ["checkpoint.trim", this.#plugin, this.#trimTo],
        );
      }
      this.#trimTo = next;
    }
    return ops;
  }

  /** Lets go of all that is not needed to go on; what is needed to replay is written again with the next batch. */
  shed(): Op[] {
    this.#bytes = 0;
    this.#trimTo = undefined;
    this.#shed = true;
    // The row at the cursor stays: it says which number comes next.
    return [
      ["batch.trim", this.#plugin, this.#sent],
      ["checkpoint.trim", this.#plugin, Number.MAX_SAFE_INTEGER],
    ];
  }

  /** The outputs of every batch that begins at or before `seq` are with the broker. */
  sent(seq: number): void {
    this.#sent = Math.max(this.#sent, seq);
  }

  /** The cursor, when it moved since it was last written. */
  sentOps(): Op[] {
    if (this.#sent <= this.#written) return [];
    this.#written = this.#sent;
    return [["sent.set", this.#plugin, this.#sent]];
  }
}
