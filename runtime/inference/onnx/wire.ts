import { StepppsError } from "../../contract/index.ts";

/**
 * Protocol Buffers as they lie in a file: each field is a varint key, `number << 3 | wire type`, and its value
 * (protobuf.dev, "Encoding"). Groups (3, 4) are not used by ONNX.
 */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** One field. `bytes` is a view of the file, not a copy; of fixed widths too. */
export type Field =
  | { readonly number: number; readonly wire: typeof WIRE.varint; readonly value: bigint }
  | { readonly number: number; readonly wire: 1 | 2 | 5; readonly bytes: Uint8Array };

/** What one file may make its reader do, whoever wrote it: fields in all, counted over all messages in it. */
export class FieldBudget {
  #left: number;

  constructor(fields: number) {
    this.#left = fields;
  }

  take(): void {
    if (--this.#left < 0) throw new StepppsError("E_MODEL_LIMIT", "more fields than a model has");
  }
}

/** The fields of a message, in the order they lie there. Throws E_MODEL_ONNX where it is cut short or has another wire type. */
export function* readFields(message: Uint8Array, budget: FieldBudget): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    const start = at;
    while (at < message.length && (message[at] as number) >= 0x80) at++;
    if (at >= message.length || at - start >= MAX_VARINT_BYTES) throw malformed("a varint has no end");
    at++;
    return varintOf(message, start, at);
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw malformed("a field is longer than its message");
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    budget.take();
    const key = varint();
    if (key > MAX_KEY || key < 8n) throw malformed("a field without a number");
    const number = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (wire === WIRE.varint) yield { number, wire, value: varint() };
    else if (wire === WIRE.fixed64) yield { number, wire, bytes: take(8) };
    else if (wire === WIRE.fixed32) yield { number, wire, bytes: take(4) };
    else if (wire === WIRE.bytes) yield { number, wire, bytes: take(lengthOf(varint())) };
    else throw malformed(`wire type ${wire}`);
  }
}

/** The varints of a packed field, each as a signed 64-bit number. At most `limit`: more throw E_MODEL_LIMIT. */
export function readPacked(bytes: Uint8Array, limit: number): bigint[] {
  const values: bigint[] = [];
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] as number) >= 0x80) continue;
    if (values.length === limit) throw new StepppsError("E_MODEL_LIMIT", `a list of more than ${limit} numbers`);
    values.push(varintOf(bytes, start, at + 1));
    start = at + 1;
  }
  if (start !== bytes.length) throw malformed("a varint has no end");
  return values;
}

/** How many varints a packed field holds, without making them. */
export function countPacked(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count++;
  return count;
}

export function malformed(detail: string): StepppsError {
  return new StepppsError("E_MODEL_ONNX", detail);
}

const MAX_VARINT_BYTES = 10;
/** Field numbers have 29 bits. */
const MAX_KEY = 0xffff_ffffn;

function varintOf(bytes: Uint8Array, from: number, to: number): bigint {
  if (to - from > MAX_VARINT_BYTES) throw malformed("a varint of more than 10 bytes");
  // Most are small; a BigInt is made once.
  if (to - from <= 4) {
    let small = 0;
    for (let at = to - 1; at >= from; at--) small = (small << 7) | ((bytes[at] as number) & 0x7f);
    return BigInt(small);
  }
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = (value << 7n) | BigInt((bytes[at] as number) & 0x7f);
  return BigInt.asIntN(64, value);
}

function lengthOf(value: bigint): number {
  if (value < 0n || value > 0x7fff_ffffn) throw malformed("a field is longer than its message");
  return Number(value);
}
