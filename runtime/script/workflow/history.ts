import { equalBytes } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { StateImage } from "./image.ts";

export interface HistoryRow {
  readonly seq: number;
  readonly count: number;
  readonly version: string;
  readonly batch: Uint8Array;
  readonly effects: Uint8Array;
}

/** A checkpoint of the journal. */
export interface Checkpoint {
  readonly seq: number;
  readonly version: string;
  readonly settings: Uint8Array | null;
  /** Of the state there and of the batches up to the next checkpoint. */
  readonly bytes: number;
}

/** What ran from a checkpoint on. */
export interface Running {
  readonly version: string;
  readonly settings: Uint8Array;
}

interface Stretch {
  readonly seq: number;
  bytes: number;
}

/** Recent inputs kept of each plugin: for replay, for trying a new version, for outputs not yet sent. */
export const KEEP_BYTES = 8 * 1024 * 1024;
/** Each has a state with it, and a plugin may be deployed often. */
const MAX_CHECKPOINTS = 64;

/**
 * What a durable plugin writes down: each batch with its effects, how far its outputs were sent, and now and then its
 * whole state. A checkpoint and what follows it up to the next one come and go together, so that a replay always has a state to
 * begin with. What a rollback needs stays, whatever its size.
 *
 *   … trimmed │ checkpoint ── batches ── checkpoint ── batches ── now
 *                                        └ floor: kept until a version's gate is closed
 */
export class History {
  readonly #plugin: string;
  readonly #keepBytes: () => number;
  #stretches: Stretch[] = [];
  #running: Running | undefined;
  #sent = -1;
  #written = -1;
  #floor = Number.POSITIVE_INFINITY;
  #floorBytes = 0;

  constructor(plugin: string, checkpoints: readonly Checkpoint[], keepBytes: () => number = () => KEEP_BYTES) {
    this.#plugin = plugin;
    this.#keepBytes = keepBytes;
    this.reset(checkpoints);
  }

  /** Bytes that were written since the floor was set, or since the start. */
  get floorBytes(): number {
    return this.#floorBytes;
  }

  /** Nothing from input `seq` on is let go of; undefined: there is no such bound any more. `bytes`: what is there already. */
  keepFrom(seq: number | undefined, bytes = 0): void {
    this.#floor = seq ?? Number.POSITIVE_INFINITY;
    this.#floorBytes = bytes;
  }

  /** Bytes of the checkpoints from input `seq` on, and of what follows them. */
  bytesFrom(seq: number): number {
    return this.#stretches.reduce((bytes, stretch) => (stretch.seq >= seq ? bytes + stretch.bytes : bytes), 0);
  }

  /** What to commit for a batch; `image` is the state after it. */
  add(row: HistoryRow, image: StateImage, running: Running): Op[] {
    const { seq, count, version, batch, effects } = row;
    const ops: Op[] = [["batch.add", this.#plugin, seq, count, version, batch, effects], ...this.sentOps()];
    const bytes = batch.length + effects.length;
    this.#floorBytes += bytes;
    const last = this.#stretches.at(-1);
    if (last) last.bytes += bytes;
    // Not sooner than the state is large: a checkpoint must not cost more than what led to it.
    if (!last || last.bytes > Math.max(this.#keepBytes() / 2, 2 * image.bytes)) {
      const { op, committed } = this.checkpoint(seq + count, image.snapshot(), running);
      committed();
      ops.push(op, ...this.#trim());
    }
    return ops;
  }

  /** What to commit so that a replay may begin at input `seq`, with this state; `committed` is to follow. */
  checkpoint(seq: number, state: Uint8Array, running: Running): { readonly op: Op; committed(): void } {
    return {
      op: ["checkpoint.set", this.#plugin, seq, running.version, state, running.settings],
      committed: () => {
        this.#running = running;
        this.#stretches = [...this.#stretches.filter((stretch) => stretch.seq < seq), { seq, bytes: state.length }];
      },
    };
  }

  /** A commit failed: what the journal has is what there is. */
  reset(checkpoints: readonly Checkpoint[]): void {
    this.#stretches = checkpoints.map(({ seq, bytes }) => ({ seq, bytes }));
    const last = checkpoints.at(-1);
    this.#running = last?.settings ? { version: last.version, settings: last.settings } : undefined;
    this.#written = -1;
  }

  /** As `checkpoint`, when what runs is not what the last one says. */
  began(seq: number, image: StateImage, running: Running): Op[] {
    const { version, settings } = this.#running ?? {};
    if (version === running.version && settings && equalBytes(settings, running.settings)) return [];
    const { op, committed } = this.checkpoint(seq, image.snapshot(), running);
    committed();
    return [op, ...this.#trim()];
  }

  /** Lets go of all that is not needed to go on; what is needed to replay is written again with the next batch. */
  shed(): Op[] {
    this.#stretches = this.#stretches.filter(({ seq }) => seq >= this.#floor);
    // The row at the cursor stays: it says which number comes next.
    return [
      ["batch.trim", this.#plugin, Math.min(this.#sent, this.#floor)],
      ["checkpoint.trim", this.#plugin, Math.min(this.#floor, Number.MAX_SAFE_INTEGER)],
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

  /** The oldest stretches go, as long as those after them are enough. */
  #trim(): Op[] {
    const stretches = this.#stretches;
    let rest = stretches.reduce((bytes, stretch) => bytes + stretch.bytes, 0);
    let from = 0;
    for (; from < stretches.length - 1; from++) {
      rest -= (stretches[from] as Stretch).bytes;
      const next = (stretches[from + 1] as Stretch).seq;
      if (next > this.#floor) break;
      if (rest < this.#keepBytes() / 2 && stretches.length - from <= MAX_CHECKPOINTS) break;
    }
    if (from === 0) return [];
    this.#stretches = stretches.slice(from);
    const { seq } = this.#stretches[0] as Stretch;
    // What isn't sent yet stays: the outputs are in it.
    return [
      ["batch.trim", this.#plugin, Math.min(seq, this.#sent + 1)],
      ["checkpoint.trim", this.#plugin, seq],
    ];
  }
}
