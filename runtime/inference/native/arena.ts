const ALIGN = 64;

interface Gap {
  readonly at: number;
  readonly size: number;
}

/**
 * Hands out pieces of a stretch of bytes. The first gap that is large enough is taken, so that what is in use stays at the beginning
 * and the rest of the memory is never touched.
 */
export class Arena {
  readonly #from: number;
  readonly #to: number;
  /** In order, none next to another. */
  #gaps: Gap[];
  readonly #taken = new Map<number, number>();

  /** From and to multiples of 64. */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
    this.#gaps = [{ at: from, size: to - from }];
  }

  get capacity(): number {
    return this.#to - this.#from;
  }

  /** Where `size` bytes are free, at a multiple of 64; undefined when they are nowhere. */
  take(size: number): number | undefined {
    const wanted = Math.max(ALIGN, Math.ceil(size / ALIGN) * ALIGN);
    const index = this.#gaps.findIndex((gap) => gap.size >= wanted);
    const gap = this.#gaps[index];
    if (!gap) return undefined;
    if (gap.size === wanted) this.#gaps.splice(index, 1);
    else this.#gaps[index] = { at: gap.at + wanted, size: gap.size - wanted };
    this.#taken.set(gap.at, wanted);
    return gap.at;
  }

  /** Gives back what `take` gave. */
  give(at: number): void {
    const size = this.#taken.get(at);
    if (size === undefined) return;
    this.#taken.delete(at);
    let index = this.#gaps.findIndex((gap) => gap.at > at);
    if (index < 0) index = this.#gaps.length;
    const before = this.#gaps[index - 1];
    const after = this.#gaps[index];
    const joinsBefore = before !== undefined && before.at + before.size === at;
    const joinsAfter = after !== undefined && at + size === after.at;
    const start = joinsBefore ? before.at : at;
    const end = joinsAfter ? after.at + after.size : at + size;
    this.#gaps.splice(joinsBefore ? index - 1 : index, Number(joinsBefore) + Number(joinsAfter), {
      at: start,
      size: end - start,
    });
  }

  reset(): void {
    this.#gaps = [{ at: this.#from, size: this.capacity }];
    this.#taken.clear();
  }
}
