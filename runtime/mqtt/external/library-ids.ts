import type { IClientOptions } from "mqtt";

const LAST = 65_535;

/** Packet identifiers above `floor`, for what MQTT.js sends itself: the sender has those up to it. */
export class LibraryIds implements NonNullable<IClientOptions["messageIdProvider"]> {
  readonly #floor: number;
  readonly #used = new Set<number>();
  #last: number;

  constructor(floor: number) {
    this.#floor = floor;
    this.#last = floor;
  }

  allocate(): number | null {
    if (this.#used.size >= LAST - this.#floor) return null;
    do {
      this.#last = this.#last >= LAST ? this.#floor + 1 : this.#last + 1;
    } while (this.#used.has(this.#last));
    this.#used.add(this.#last);
    return this.#last;
  }

  getLastAllocated(): number | null {
    return this.#last > this.#floor ? this.#last : null;
  }

  register(messageId: number): boolean {
    if (this.#used.has(messageId)) return false;
    this.#used.add(messageId);
    return true;
  }

  deallocate(messageId: number): void {
    this.#used.delete(messageId);
  }

  clear(): void {
    this.#used.clear();
  }
}
