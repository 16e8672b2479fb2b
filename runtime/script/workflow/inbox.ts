import type { Offer } from "./offer.ts";
import type { Place } from "./renumber.ts";

/** Bounds of what may wait for one plugin. */
export interface InboxLimits {
  readonly count: number;
  readonly bytes: number;
}

/** Inputs waiting for one plugin, first come first served. */
export class Inbox {
  #queue: Offer[] = [];
  #head = 0;
  #bytes = 0;
  readonly #limits: InboxLimits;

  constructor(limits: InboxLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#queue.length - this.#head;
  }

  /** The one that comes next. */
  get first(): Offer | undefined {
    return this.#queue[this.#head];
  }

  get full(): boolean {
    return this.length >= this.#limits.count || this.#bytes >= this.#limits.bytes;
  }

  push(offer: Offer): void {
    this.#queue.push(offer);
    this.#bytes += bytesOf(offer);
  }

  /** Back to the front, in order: they were taken and could not be handled. */
  unshift(offers: readonly Offer[]): void {
    if (offers.length === 0) return;
    this.#queue = [...offers, ...this.#queue.slice(this.#head)];
    this.#head = 0;
    for (const offer of offers) this.#bytes += bytesOf(offer);
  }

  /** Up to `count` inputs of up to `bytes` in all, at least one where any waits. */
  take(count: number, bytes: number): Offer[] {
    const taken: Offer[] = [];
    let size = 0;
    while (this.#head < this.#queue.length && taken.length < count) {
      const offer = this.#queue[this.#head] as Offer;
      if (taken.length > 0 && size + bytesOf(offer) > bytes) break;
      size += bytesOf(offer);
      taken.push(offer);
      this.#head++;
    }
    this.#bytes -= size;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 4096) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** As `take`, of those that came from within the device; the others keep their places. */
  takeInside(count: number): Offer[] {
    const waiting = this.#queue.slice(this.#head);
    const taken = waiting.filter((offer) => offer.inside).slice(0, count);
    if (taken.length === 0) return taken;
    const gone = new Set(taken);
    this.#queue = waiting.filter((offer) => !gone.has(offer));
    this.#head = 0;
    for (const offer of taken) this.#bytes -= bytesOf(offer);
    return taken;
  }

  /** Gives every input that waits its handler in another version. */
  renumber(place: (offer: Offer) => Place): void {
    this.#queue = this.#queue.slice(this.#head).map((offer) => ({ ...offer, ...place(offer) }));
    this.#head = 0;
  }

  /** Takes out those that `gone` says of. */
  discard(gone: (offer: Offer) => boolean): Offer[] {
    const waiting = this.#queue.slice(this.#head);
    const out = waiting.filter(gone);
    if (out.length === 0) return out;
    const set = new Set(out);
    this.#queue = waiting.filter((offer) => !set.has(offer));
    this.#head = 0;
    for (const offer of out) this.#bytes -= bytesOf(offer);
    return out;
  }

  /** Everything that waits, which then waits no more. */
  drain(): Offer[] {
    return this.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }
}

function bytesOf({ name, payload, meta }: Offer): number {
  return name.length + payload.length + meta.length;
}
