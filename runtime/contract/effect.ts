import { ABI_CALLS, type CallArg, type CallName } from "./abi.ts";
import { concat, text } from "./bytes.ts";
import { StepppsError } from "./errors/index.ts";

type ArgValue<A extends CallArg> = A extends "i32" ? number : A extends "i64" ? bigint : Uint8Array;
type ArgValues<A extends readonly CallArg[]> = { -readonly [K in keyof A]: ArgValue<A[K]> };
type Call<N extends CallName> = Extract<(typeof ABI_CALLS)[number], { name: N }>;

/** One call that a guest made: which input of the batch made it, which call, with what. */
export type Effect = {
  [N in CallName]: { readonly input: number; readonly call: N; readonly args: ArgValues<Call<N>["args"]> };
}[CallName];

/**
 * Effects are records back to back, little endian, no padding:
 *
 *   u32 size after this header │ u32 input │ u32 call │ args: i32 4 bytes, i64 8 bytes, bytes = u32 length + data
 */
const HEADER = 12;

/** Reads the effects of a batch; throws E_FRAME on anything that is not one. Byte arguments are views, not copies. */
export function decodeEffects(buffer: Uint8Array): Effect[] {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const effects: Effect[] = [];
  let at = 0;
  while (at < buffer.length) {
    if (buffer.length - at < HEADER) throw cut(effects.length);
    const end = at + HEADER + view.getUint32(at, true);
    const input = view.getUint32(at + 4, true);
    const call = ABI_CALLS[view.getUint32(at + 8, true)];
    if (end > buffer.length || !call) throw cut(effects.length);
    let cursor = at + HEADER;
    const args: (number | bigint | Uint8Array)[] = [];
    for (const type of call.args) {
      const width = type === "i64" ? 8 : 4;
      if (cursor + width > end) throw cut(effects.length);
      if (type === "i32") args.push(view.getInt32(cursor, true));
      else if (type === "i64") args.push(view.getBigInt64(cursor, true));
      else {
        const length = view.getUint32(cursor, true);
        if (cursor + 4 + length > end) throw cut(effects.length);
        args.push(buffer.subarray(cursor + 4, cursor + 4 + length));
        cursor += length;
      }
      cursor += width;
    }
    if (cursor !== end) throw cut(effects.length);
    effects.push({ input, call: call.name, args } as unknown as Effect);
    at = end;
  }
  return effects;
}

/** One record; `args` must be what the table says (the V8 host writes its effects with this). */
export function encodeEffect(input: number, call: number, args: readonly (number | bigint | Uint8Array)[]): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array(HEADER)];
  for (const arg of args) {
    const isBytes = arg instanceof Uint8Array;
    const fixed = new Uint8Array(typeof arg === "bigint" ? 8 : 4);
    const view = new DataView(fixed.buffer);
    if (typeof arg === "bigint") view.setBigInt64(0, arg, true);
    else if (isBytes) view.setUint32(0, arg.length, true);
    else view.setInt32(0, arg, true);
    parts.push(fixed);
    if (isBytes) parts.push(arg);
  }
  const record = concat(parts);
  const header = new DataView(record.buffer);
  header.setUint32(0, record.length - HEADER, true);
  header.setUint32(4, input, true);
  header.setUint32(8, call, true);
  return record;
}

/** An effect's bytes argument as text; a guest that hands out bytes that are not UTF-8 gets E_FRAME. */
export function effectText(bytes: Uint8Array): string {
  try {
    return text(bytes);
  } catch (cause) {
    throw new StepppsError("E_FRAME", "a name in an effect is not UTF-8", { cause });
  }
}

function cut(index: number): StepppsError {
  return new StepppsError("E_FRAME", `effect ${index} does not fit its record`);
}
