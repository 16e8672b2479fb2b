interface Waiting {
  resume(): void;
}

/** Bounds the bytes that all clients together have waiting for the supervisor and the journal. */
export class Gate {
  readonly #limit: number;
  #bytes = 0;
  #waiting = new Set<Waiting>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Clients may be read. */
  get open(): boolean {
    return this.#bytes < this.#limit;
  }

  hold(bytes: number): void {
    this.#bytes += bytes;
  }

  settle(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#waiting.size === 0 || this.#bytes > this.#limit / 2) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const one of waiting) one.resume();
  }

  /** `one` is resumed when the gate opens again. */
  wait(one: Waiting): void {
    this.#waiting.add(one);
  }
}
