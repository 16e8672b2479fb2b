import type { Op } from "../../../runtime/store/index.ts";

/** Callers that write at the same time, each to its own plugin. */
export const CALLERS = 4;
const KEYS = 5;

/** A plugin's rows, by key: what any number of its commits must have made of them. */
export type Model = Map<string, string>;

/** Commit number `n` of a caller: the same whenever it is asked for, so that the oracle knows what the killed process did. */
export function commitOf(seed: number, caller: number, n: number): Op[] {
  const random = generator(seed * 7919 + caller * 104_729 + n);
  const plugin = `plugin-${caller}`;
  const key = () => `key-${random() % KEYS}`;
  const ops: Op[] = [["batch.add", plugin, n, 1, "1.0.0", blob(random() % 2000, n), blob(random() % 50, n)]];
  for (let left = random() % 5; left >= 0; left--) {
    const kind = random() % 10;
    if (kind < 6) ops.push(["state.set", plugin, key(), blob(random() % 300, n)]);
    else if (kind < 8) ops.push(["state.delete", plugin, key()]);
    else if (kind < 9) ops.push(["state.clear", plugin]);
    else ops.push(["batch.trim", plugin, n - 10]);
  }
  ops.push(["sent.set", plugin, n]);
  return ops;
}

/** The model after one more commit. */
export function applyTo(model: Model, ops: readonly Op[]): void {
  for (const op of ops) {
    if (op[0] === "state.set") model.set(`state ${op[2]}`, hex(op[3]));
    else if (op[0] === "state.delete") model.delete(`state ${op[2]}`);
    else if (op[0] === "batch.add") model.set(`batch ${op[2]}`, hex(op[5]) + hex(op[6]));
    else if (op[0] === "state.clear") clear(model, (key) => key.startsWith("state "));
    else if (op[0] === "batch.trim") clear(model, (key) => key.startsWith("batch ") && Number(key.slice(6)) < op[2]);
  }
}

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function clear(model: Model, match: (key: string) => boolean): void {
  for (const key of [...model.keys()]) if (match(key)) model.delete(key);
}

function blob(length: number, fill: number): Uint8Array {
  return new Uint8Array(length).fill(fill);
}

/** xorshift32: whole numbers from 0. */
function generator(seed: number): () => number {
  let x = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x;
  };
}
