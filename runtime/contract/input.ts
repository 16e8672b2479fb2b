import { INPUT_KIND, type InputKind } from "./abi.ts";
import { concat, text, utf8 } from "./bytes.ts";
import { StepppsError } from "./errors/index.ts";

/** One thing that happens to a plugin. Journalled as it is, so that it can be handled again with the same outcome. */
export interface Input {
  readonly kind: InputKind;
  /** Index into the manifest's handlers; 0 for restore (or RESTORE_MIGRATING), configure and migrate. */
  readonly handler: number;
  /** ms since the epoch, as the device's clock had it when the input arrived. */
  readonly time: number;
  /** Seed of the random numbers the handler draws. */
  readonly seed: bigint;
  /** Topic, timer name or state key. */
  readonly name: string;
  readonly payload: Uint8Array;
  /** CBOR map of message properties; empty when there are none. */
  readonly meta: Uint8Array;
}

/**
 * A batch is frames back to back, little endian, no padding:
 *
 *   u32 size of what follows │ i32 kind │ i32 handler │ i64 time │ i64 seed │ u32 |name| │ u32 |payload| │ u32 |meta| │ name payload meta
 */
const FIXED = 4 + 4 + 8 + 8 + 12;

const KIND_NAME = Object.fromEntries(Object.entries(INPUT_KIND).map(([name, kind]) => [kind, name])) as Record<number, InputKind>;

export function encodeInput(input: Input): Uint8Array {
  const name = utf8(input.name);
  const frame = new Uint8Array(4 + FIXED + name.length + input.payload.length + input.meta.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, frame.length - 4, true);
  view.setInt32(4, INPUT_KIND[input.kind], true);
  view.setInt32(8, input.handler, true);
  view.setBigInt64(12, BigInt(Math.trunc(input.time)), true);
  view.setBigInt64(20, BigInt.asIntN(64, input.seed), true);
  view.setUint32(28, name.length, true);
  view.setUint32(32, input.payload.length, true);
  view.setUint32(36, input.meta.length, true);
  frame.set(name, 40);
  frame.set(input.payload, 40 + name.length);
  frame.set(input.meta, 40 + name.length + input.payload.length);
  return frame;
}

export function encodeInputs(inputs: readonly Input[]): Uint8Array {
  return concat(inputs.map(encodeInput));
}

/** Reads a batch; throws E_FRAME when any length in it leaves the buffer. Payloads are views, not copies. */
export function decodeInputs(batch: Uint8Array): Input[] {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  const inputs: Input[] = [];
  let at = 0;
  while (at < batch.length) {
    if (batch.length - at < 4 + FIXED) throw new StepppsError("E_FRAME", `input ${inputs.length} is cut short`);
    const size = view.getUint32(at, true);
    const kind = KIND_NAME[view.getInt32(at + 4, true)];
    const nameLength = view.getUint32(at + 28, true);
    const payloadLength = view.getUint32(at + 32, true);
    const metaLength = view.getUint32(at + 36, true);
    const end = at + 4 + size;
    if (end > batch.length || size !== FIXED + nameLength + payloadLength + metaLength || kind === undefined) {
      throw new StepppsError("E_FRAME", `input ${inputs.length} does not fit its frame`);
    }
    const payloadAt = at + 40 + nameLength;
    inputs.push({
      kind,
      handler: view.getInt32(at + 8, true),
      time: Number(view.getBigInt64(at + 12, true)),
      seed: BigInt.asUintN(64, view.getBigInt64(at + 20, true)),
      name: text(batch.subarray(at + 40, payloadAt)),
      payload: batch.subarray(payloadAt, payloadAt + payloadLength),
      meta: batch.subarray(payloadAt + payloadLength, end),
    });
    at = end;
  }
  return inputs;
}
