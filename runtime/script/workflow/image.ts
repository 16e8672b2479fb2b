import { concat, decodeInputs, encodeInput, equalBytes, StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import { NOTHING } from "./offer.ts";

/** A plugin's state as its last handled input left it, key by key: what a fresh instance is restored from. */
export class StateImage {
  readonly #entries: Map<string, Uint8Array>;
  readonly #limitBytes: number;
  #bytes = 0;
  #revision = 0;

  constructor(entries: Iterable<readonly [string, Uint8Array]>, limitBytes: number) {
    this.#entries = new Map(entries);
    this.#limitBytes = limitBytes;
    for (const [key, value] of this.#entries) this.#bytes += sizeOf(key, value);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Counts its changes. */
  get revision(): number {
    return this.#revision;
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
    if (changes.size > 0) this.#revision++;
    for (const [key, value] of changes) {
      if (value) this.#entries.set(key, value);
      else this.#entries.delete(key);
    }
  }

  /** As this one with `changes`, within the bound of another version. Throws E_GUEST_MEMORY. */
  with(changes: ReadonlyMap<string, Uint8Array | undefined>, limitBytes: number): StateImage {
    const next = new StateImage(this.#entries, Math.max(limitBytes, this.#bytes));
    next.apply(changes);
    return next;
  }

  /** What to commit so that a journal that has this state has that one. */
  opsTo(plugin: string, entries: ReadonlyMap<string, Uint8Array>): Op[] {
    const ops: Op[] = [];
    for (const key of this.#entries.keys()) if (!entries.has(key)) ops.push(["state.delete", plugin, key]);
    for (const [key, value] of entries) {
      const present = this.#entries.get(key);
      if (!present || !equalBytes(present, value)) ops.push(["state.set", plugin, key, value]);
    }
    return ops;
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

/** The entries of a snapshot, as views into it. */
export function readSnapshot(snapshot: Uint8Array): Map<string, Uint8Array> {
  return new Map(decodeInputs(snapshot).map(({ name, payload }) => [name, payload]));
}

/** The inputs that bring a fresh instance to the state of `snapshot` with these settings. */
export function restoreBatch(snapshot: Uint8Array, settings: Uint8Array): Uint8Array {
  const input = { kind: "configure", handler: 0, time: 0, seed: 0n, name: "", payload: settings, meta: NOTHING } as const;
  return concat([snapshot, encodeInput(input)]);
}
