import { CborWriter } from "./cbor/writer";
import { Encoded } from "./encoded";

/**
 * A durable map: each entry is stored by itself, and only what changed since the last commit is written, so that a
 * map of ten thousand entries costs no more than its changes. Declare it with `@state`; keys are strings or integers.
 *
 *   @state windows: StateMap<string, Window> = new StateMap();
 *
 * Keys come in order, so that a restart changes nothing that a plugin can see.
 */
@final
export class StateMap<K, V> {
  private entries: Map<K, V> = new Map();
  /** Keys whose entry may differ from what is stored. */
  private touched: Set<K> = new Set();
  private sorted: K[] | null = null;
  /** What is stored of values that can change from within. */
  private stored: Map<K, Encoded> = new Map();

  get size(): i32 {
    return this.entries.size;
  }
  has(key: K): bool {
    return this.entries.has(key);
  }
  /** The entry; stops the plugin when there is none. What is changed inside the value returned is stored too. */
  get(key: K): V {
    if (isReference<V>() && !isString<V>()) this.touched.add(key);
    return this.entries.get(key);
  }
  /** The entry, or `fallback` when there is none. */
  getOr(key: K, fallback: V): V {
    return this.entries.has(key) ? this.get(key) : fallback;
  }
  set(key: K, value: V): this {
    const known = this.entries.has(key);
    if (!known) this.sorted = null;
    else if (!isReference<V>() || isString<V>()) {
      if (this.entries.get(key) == value) return this;
    }
    this.entries.set(key, value);
    this.touched.add(key);
    return this;
  }
  delete(key: K): bool {
    if (!this.entries.delete(key)) return false;
    this.sorted = null;
    this.touched.add(key);
    return true;
  }
  clear(): void {
    const keys = this.entries.keys();
    for (let i = 0; i < keys.length; i++) this.touched.add(keys[i]);
    this.entries.clear();
    this.sorted = null;
  }
  /** The keys, in order. */
  keys(): K[] {
    let sorted = this.sorted;
    if (sorted === null) {
      sorted = this.entries.keys();
      sorted.sort((a, b) => (a == b ? 0 : a < b ? -1 : 1));
      this.sorted = sorted;
    }
    return sorted.slice();
  }
  /** The values, in the order of their keys. */
  values(): V[] {
    const keys = this.keys();
    const values = new Array<V>(0);
    for (let i = 0; i < keys.length; i++) values.push(this.get(keys[i]));
    return values;
  }

  /** For generated code: the keys to look at, which count as stored from now on. */
  __takeTouched(): K[] {
    const keys = this.touched.values();
    if (keys.length > 0) this.touched.clear();
    return keys;
  }
  /** For generated code: an entry that is stored already, and its encoding. */
  __restore(key: K, value: V, encoding: CborWriter): void {
    this.entries.set(key, value);
    this.sorted = null;
    this.__differs(key, encoding);
  }
  /** For generated code: whether the encoding is not the stored one; it counts as stored from now on. */
  __differs(key: K, encoding: CborWriter): bool {
    if (!isReference<V>() || isString<V>()) return true;
    if (!this.stored.has(key)) this.stored.set(key, new Encoded());
    return this.stored.get(key).differs(encoding);
  }
  /** For generated code: an entry that is gone. */
  __forget(key: K): void {
    this.stored.delete(key);
  }
  /** For generated code: the entry, untouched. */
  __peek(key: K): V {
    return this.entries.get(key);
  }
}
