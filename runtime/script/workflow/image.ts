import { concat, encodeInput, StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import { NOTHING } from "./offer.ts";

/** A plugin's state as its last handled input left it, key by key: what a fresh instance is restored from. */
export class StateImage {
  readonly #entries: Map<string, Uint8Array>;
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(entries: Iterable<readonly [string, Uint8Array]>, limitBytes: number) {
    this.#entries = new Map(entries);
    this.#limitBytes = limitBytes;
    for (const [key, value] of this.#entries) this.#bytes += sizeOf(key, value);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): ReadonlyMap<string, Uint8Array> {
    return this.#entries;
  }

  /** Sets entries, and removes those whose value is undefined. Throws E_GUEST_MEMORY beyond the limit, with nothing changed. */
  apply(changes: ReadonlyMap<string, Uint8Array | undefined>): void {
    let bytes = this.#bytes;
    for (const [key, value] of changes) bytes += sizeOf(key, value) - sizeOf(key, this.#entries.get(key));
    if (bytes > this.#limitBytes && bytes > this.#bytes)
      throw new StepppsError("E_GUEST_MEMORY", `state of ${bytes} bytes is over ${this.#limitBytes}`);
    this.#bytes = bytes;
    for (const [key, value] of changes) {
      if (value) this.#entries.set(key, value);
      else this.#entries.delete(key);
    }
  }

  /** What to commit so that the journal has all of it. */
  ops(plugin: string): Op[] {
    return [...this.#entries].map(([key, value]) => ["state.set", plugin, key, value]);
  }

  /** The inputs that bring a fresh instance to this state with these settings. */
  restoreBatch(settings: Uint8Array): Uint8Array {
    return restoreBatch(this.snapshot(), settings);
  }

  /** The state alone, as restore inputs: what a checkpoint stores. */
  snapshot(): Uint8Array {
    const frames = [...this.#entries].map(([name, payload]) =>
      encodeInput({ kind: "restore", handler: 0, time: 0, seed: 0n, name, payload, meta: NOTHING }),
    );
    return concat(frames);
  }
}

/** What an entry costs beside its bytes, in memory, in the journal and in a restore. */
const ENTRY_BYTES = 128;

function sizeOf(key: string, value: Uint8Array | undefined): number {
  return value ? key.length + value.length + ENTRY_BYTES : 0;
}

/** The inputs that bring a fresh instance to the state of `snapshot` with these settings. */
export function restoreBatch(snapshot: Uint8Array, settings: Uint8Array): Uint8Array {
  const input = { kind: "configure", handler: 0, time: 0, seed: 0n, name: "", payload: settings, meta: NOTHING } as const;
  return concat([snapshot, encodeInput(input)]);
}
