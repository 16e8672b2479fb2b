import { StepppsError, TRANSFER_BOUNDS, type TransferWant } from "../contract/index.ts";
import { type Cut, decodeWant } from "./offer.ts";
import type { Pace } from "./pace.ts";
import { type Base, encodePiece, type NumberedChunk } from "./piece.ts";

/** A connection to the broker that reaches the device. */
export interface Link {
  /** QoS 1: resolves with the broker's acknowledgement; rejects when the link is lost before. */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** Resolves when the link is lost, or closed. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Silence after which a connection is taken for dead, while something is under way. */
const SILENCE = 15_000;
/** The sender gets over these by itself: it offers again, or sends again what is missing. */
export const PASSING: ReadonlySet<string> = new Set(["E_TRANSFER_BUSY", "E_TRANSFER_UNKNOWN", "E_TRANSFER_CHUNK"]);
/** Refused pieces in one connection, after which it is not the link that changes them. */
const MOST_REFUSED = 20;

interface RoundOptions {
  readonly topics: { readonly offer: string; readonly chunk: string };
  readonly cut: Cut;
  readonly pace: Pace;
  base(prefix: Uint8Array): Base | undefined;
  wanted(want: TransferWant): void;
  sending(indexes: readonly number[]): void;
  acknowledged(indexes: readonly number[]): void;
}

/** What is sent over one connection. */
export class Round {
  readonly #link: Link;
  readonly #options: RoundOptions;
  readonly #failed = Promise.withResolvers<never>();
  #queue: number[] = [];
  readonly #underWay = new Set<number>();
  #pieces = 0;
  #base: Base | undefined;
  #offeredAt = 0;
  #refused = 0;
  #silence: NodeJS.Timeout | undefined;

  constructor(link: Link, options: RoundOptions) {
    this.#link = link;
    this.#options = options;
    void link.closed.then(() => {
      clearTimeout(this.#silence);
      if (this.#pieces > 0) options.pace.lost();
    });
  }

  /** Rejects when the connection is of no use. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  offer(): void {
    const { topics, cut } = this.#options;
    this.#offeredAt = performance.now();
    this.#listen();
    this.#link.publish(topics.offer, cut.encoded).catch(() => this.#link.close());
  }

  /** The device says what it lacks. */
  wanted(payload: Uint8Array): void {
    const { cut, pace, wanted, base } = this.#options;
    let want: TransferWant;
    try {
      want = decodeWant(payload, cut.chunks.length);
    } catch (error) {
      this.#failed.reject(error);
      return;
    }
    clearTimeout(this.#silence);
    if (this.#offeredAt > 0) pace.answered(performance.now() - this.#offeredAt, cut.encoded.length);
    this.#offeredAt = 0;
    wanted(want);
    if (want.error) return this.#afterRefusal(want.error.code);
    this.#base = want.base && base(want.base);
    this.#queue = want.missing.filter((index) => !this.#underWay.has(index));
    this.#pump();
  }

  #afterRefusal(code: string): void {
    if (!PASSING.has(code)) return;
    if (++this.#refused > MOST_REFUSED) return this.#failed.reject(new StepppsError(code as StepppsError["code"]));
    // A base that the device gave up meanwhile, or one that it has otherwise than we do.
    this.#queue = [];
    setTimeout(() => this.offer(), 100 * this.#refused);
  }

  #pump(): void {
    const { topics, pace, sending, acknowledged } = this.#options;
    while (this.#pieces < pace.inFlight && this.#queue.length > 0) {
      const chunks = this.#next();
      const indexes = chunks.map(({ index }) => index);
      for (const index of indexes) this.#underWay.add(index);
      this.#pieces++;
      sending(indexes);
      const began = performance.now();
      this.#listen();
      this.#link.publish(topics.chunk, encodePiece(chunks, this.#base)).then(
        () => {
          this.#pieces--;
          pace.acknowledged(performance.now() - began);
          acknowledged(indexes);
          for (const index of indexes) this.#underWay.delete(index);
          if (this.#pieces > 0) this.#listen();
          else clearTimeout(this.#silence);
          this.#pump();
        },
        () => this.#link.close(),
      );
    }
  }

  /** As many chunks as the pace allows, one at least. */
  #next(): NumberedChunk[] {
    const { cut, pace } = this.#options;
    const chunks: NumberedChunk[] = [];
    let bytes = 0;
    while (this.#queue.length > 0 && chunks.length < TRANSFER_BOUNDS.pieceChunks) {
      const index = this.#queue[0] as number;
      const data = cut.chunks[index] as Uint8Array;
      if (chunks.length > 0 && bytes + data.length > pace.pieceBytes) break;
      this.#queue.shift();
      chunks.push({ index, data });
      bytes += data.length;
    }
    return chunks;
  }

  /** From now on something has to be heard within a while. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#link.close(), SILENCE);
  }
}
