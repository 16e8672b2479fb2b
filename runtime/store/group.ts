import { StepppsError } from "../contract/errors/index.ts";
import type { Column, Value } from "./statements/column.ts";
import { type Op, STATEMENT_LIST, STATEMENT_NUMBER } from "./statements/index.ts";

/**
 * Commits on their way to the store's thread: one flat buffer, handed over (not cloned), little endian, no padding:
 *
 *   group   commits back to back
 *   commit  u32 size of what follows │ ops
 *   op      u16 statement │ parameters, each as the statement's table says:
 *             int   f64; NaN is NULL
 *             text  u32 length, 0xffffffff is NULL │ UTF-8
 *             blob  u32 length, 0xffffffff is NULL │ bytes
 */
const NULL_LENGTH = 0xffff_ffff;

/** Grows a group commit by commit. Values are copied at once: callers may reuse their buffers. */
export class GroupWriter {
  #buffer: Buffer<ArrayBuffer>;
  #view: DataView;
  #used = 0;

  constructor(room: ArrayBuffer) {
    this.#buffer = Buffer.from(room);
    this.#view = new DataView(room);
  }

  get bytes(): number {
    return this.#used;
  }

  /** Adds one commit; throws E_STORE_VALUE on a value that its statement does not take, and adds nothing then. */
  add(ops: readonly Op[]): void {
    const start = this.#used;
    try {
      this.#reserve(4);
      this.#used += 4;
      for (const op of ops) this.#op(op);
      this.#view.setUint32(start, this.#used - start - 4, true);
    } catch (error) {
      this.#used = start;
      throw error;
    }
  }

  /** The buffer to hand over; the writer must not be used after that. */
  take(): ArrayBuffer {
    return this.#buffer.buffer;
  }

  #op(op: readonly [string, ...Value[]]): void {
    const number = STATEMENT_NUMBER.get(op[0]);
    if (number === undefined) throw new StepppsError("E_STORE_VALUE", `there is no statement ${op[0]}`);
    const { params } = STATEMENT_LIST[number] as { params: readonly Column[] };
    if (op.length !== params.length + 1) throw new StepppsError("E_STORE_VALUE", `${op[0]} takes ${params.length} values`);
    this.#reserve(2);
    this.#used = this.#buffer.writeUInt16LE(number, this.#used);
    for (let i = 0; i < params.length; i++) {
      if (!this.#value(params[i] as Column, op[i + 1] as Value)) {
        throw new StepppsError("E_STORE_VALUE", `${op[0]}: value ${i + 1} is not ${params[i]}`);
      }
    }
  }

  #value(column: Column, value: Value): boolean {
    if (value === null) return column.endsWith("?") && this.#null(column);
    if (typeof value === "string") return column.startsWith("text") && this.#text(value);
    if (typeof value === "number") return column.startsWith("int") && Number.isSafeInteger(value) && this.#int(value);
    return column.startsWith("blob") && value instanceof Uint8Array && this.#blob(value);
  }

  #null(column: Column): true {
    if (column === "int?") return this.#int(Number.NaN);
    this.#reserve(4);
    this.#used = this.#buffer.writeUInt32LE(NULL_LENGTH, this.#used);
    return true;
  }

  #int(value: number): true {
    this.#reserve(8);
    this.#view.setFloat64(this.#used, value, true);
    this.#used += 8;
    return true;
  }

  #text(value: string): true {
    this.#reserve(4 + value.length * 3); // no UTF-16 unit takes more than three bytes of UTF-8
    const length = this.#buffer.write(value, this.#used + 4);
    this.#view.setUint32(this.#used, length, true);
    this.#used += 4 + length;
    return true;
  }

  #blob(value: Uint8Array): true {
    this.#reserve(4 + value.length);
    this.#view.setUint32(this.#used, value.length, true);
    this.#buffer.set(value, this.#used + 4);
    this.#used += 4 + value.length;
    return true;
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#buffer.length) return;
    const room = new ArrayBuffer(Math.max(needed, this.#buffer.length * 2));
    const grown = Buffer.from(room);
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
    this.#view = new DataView(room);
  }
}

/** Calls `run` with each op of the commits that lie in `group`. Byte strings are views: they live as long as the group. */
export function eachOp(group: Uint8Array, run: (statement: number, values: Value[]) => void): void {
  const buffer = Buffer.from(group.buffer, group.byteOffset, group.byteLength);
  let at = 0;
  while (at < buffer.length) {
    const end = at + 4 + buffer.readUInt32LE(at);
    at += 4;
    while (at < end) {
      const statement = buffer.readUInt16LE(at);
      at += 2;
      const values: Value[] = [];
      for (const column of (STATEMENT_LIST[statement] as { params: readonly Column[] }).params) {
        if (column.startsWith("int")) {
          const value = buffer.readDoubleLE(at);
          values.push(Number.isNaN(value) ? null : value);
          at += 8;
          continue;
        }
        const length = buffer.readUInt32LE(at);
        at += 4;
        if (length === NULL_LENGTH) values.push(null);
        else {
          values.push(column.startsWith("text") ? buffer.toString("utf8", at, at + length) : buffer.subarray(at, at + length));
          at += length;
        }
      }
      run(statement, values);
    }
  }
}

/** The commits of a group, each a group of its own. */
export function splitGroup(group: Uint8Array): Uint8Array[] {
  const view = new DataView(group.buffer, group.byteOffset, group.byteLength);
  const commits: Uint8Array[] = [];
  for (let at = 0; at < group.length; ) {
    const end = at + 4 + view.getUint32(at, true);
    commits.push(group.subarray(at, end));
    at = end;
  }
  return commits;
}
