import { Cbor } from "./cbor/reader";
import * as host from "./host";
import { Buffer } from "./buffer";

/** An entry of the old version's state. */
@final
class Entry {
  bytes: StaticArray<u8>;
  /** Whether a field of this version took it. */
  taken: bool;

  constructor(bytes: StaticArray<u8>, taken: bool) {
    this.bytes = bytes;
    this.taken = taken;
  }
}

/** The old version's state while it is taken over; empty at all other times. */
let entries: Map<string, Entry> = new Map();
const key = new Buffer(64);

/** The runtime calls this for each entry. */
export function putAside(name: string, from: usize, length: i32, taken: bool): void {
  const bytes = new StaticArray<u8>(length);
  memory.copy(changetype<usize>(bytes), from, length);
  entries.set(name, new Entry(bytes, taken));
}

/** The runtime calls this when the migration has run: what no field took is not kept. */
export function endMigration(): void {
  const names = entries.keys();
  for (let i = 0; i < names.length; i++) {
    if (entries.get(names[i]).taken) continue;
    key.clear();
    key.text(names[i]);
    host.stateDelete(key.pointer, key.length);
  }
  entries = new Map();
}

/**
 * In the method with `@migrate`: what the version before stored under `name`, read as `message.cbor()` is: `oldState("limit").asF64(20)`.
 * An entry of a StateMap is under "field/key". The value does not exist where nothing was stored, and a field that never
 * changed was not.
 */
export function oldState(name: string): Cbor {
  if (!entries.has(name)) return new Cbor(0, 0);
  const bytes = entries.get(name).bytes;
  const from = changetype<usize>(bytes);
  return new Cbor(from, from + bytes.length);
}

/** In the method with `@migrate`: the keys that the StateMap `field` of the version before had, in order. */
export function oldKeys(field: string): string[] {
  const prefix = field + "/";
  const found: string[] = [];
  const names = entries.keys();
  for (let i = 0; i < names.length; i++) {
    if (names[i].startsWith(prefix)) found.push(names[i].substring(prefix.length));
  }
  found.sort();
  return found;
}
