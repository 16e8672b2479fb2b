import { StepppsError } from "../../contract/index.ts";

/** A connection that holds a part of a packet. */
export interface Holder {
  /** It has to go. */
  ending(error: StepppsError): void;
}

interface Part {
  readonly bytes: number;
  /** When the last of them came. */
  readonly at: number;
}

/**
 * Bounds the bytes of packets that have not arrived whole, over all connections. Beyond, the one that costs the most has to go: so
 * many bytes, and nothing more of them for so long. A large packet that is on its way does not pay for smaller ones left lying.
 */
export class Unfinished {
  readonly #limit: number;
  readonly #parts = new Map<Holder, Part>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `holder` holds `bytes` now. */
  count(holder: Holder, bytes: number): void {
    const part = this.#parts.get(holder);
    const before = part?.bytes ?? 0;
    if (before === bytes) return;
    this.#bytes += bytes - before;
    if (bytes === 0) this.#parts.delete(holder);
    else this.#parts.set(holder, { at: performance.now(), bytes });
    while (this.#bytes > this.#limit) this.#endDearest();
  }

  #endDearest(): void {
    const now = performance.now();
    const cost = ({ bytes, at }: Part) => bytes * (now - at + 1);
    const [holder, part] = [...this.#parts].reduce((a, b) => (cost(b[1]) > cost(a[1]) ? b : a));
    const { bytes } = part;
    const all = this.#bytes;
    this.count(holder, 0);
    holder.ending(new StepppsError("E_MQTT_UNFINISHED", `${bytes} bytes of ${all}`));
  }
}
