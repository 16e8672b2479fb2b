import {
  type Engine,
  type Module,
  Reactor,
  type ReactorLimits,
  type ReactorOptions,
  type ReactorResult,
  type Trap,
} from "../../../runtime/wasmtime/src/index.ts";

export const LIMITS: ReactorLimits = { memoryBytes: 1 << 20, tableElements: 100, effectBytes: 1 << 16, deadlineTicks: 100 };

export const OPTIONS: ReactorOptions = {
  entry: "handle",
  scalars: ["i32", "i64", "f64"],
  slots: 2,
  imports: {
    module: "host",
    read: "read",
    calls: [
      { name: "publish", args: ["i32", "bytes", "bytes"] },
      { name: "note", args: ["i64", "f64"] },
    ],
  },
  limits: LIMITS,
};

/** The imports of a guest under {@link OPTIONS}, with a memory and what `body` adds. */
export function reactorWat(body: string): string {
  return `(module $guest
    (import "host" "read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "host" "publish" (func $publish (param i32 i32 i32 i32 i32)))
    (import "host" "note" (func $note (param i64 f64)))
    (memory (export "memory") 1 32)
    ${body})`;
}

/** A guest whose entry does `body`; $kind, $at, $ratio, $a and $b are its parameters. */
export function handler(body: string): string {
  return reactorWat(`(func $handle (export "handle")
    (param $kind i32) (param $at i64) (param $ratio f64) (param $a i32) (param $b i32) (result i32) ${body})`);
}

/** Publishes slot 0 as the topic and slot 1 as the payload, then notes its i64 and f64. */
export const ECHO = handler(`
  (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1024) (local.get $a)))
  (drop (call $read (i32.const 1) (i32.const 0) (i32.const 8192) (local.get $b)))
  (call $publish (local.get $kind) (i32.const 1024) (local.get $a) (i32.const 8192) (local.get $b))
  (call $note (local.get $at) (local.get $ratio))
  (i32.const 0)`);

export function reactor(engine: Engine, module: Module, options: Partial<ReactorOptions> = {}): Reactor {
  return new Reactor(engine, module, { ...OPTIONS, ...options });
}

export interface Input {
  readonly kind?: number;
  readonly at?: bigint;
  readonly ratio?: number;
  readonly slots?: readonly Uint8Array[];
}

export function trapOf(result: ReactorResult): Trap {
  if (result.stop?.kind !== "trap") throw new Error(`no trap but ${JSON.stringify(result.stop)}`);
  return result.stop.trap;
}

/** The frame of one input under {@link OPTIONS}. */
export function frame({ kind = 0, at = 0n, ratio = 0, slots = [] }: Input = {}): Uint8Array {
  const bytes = [slots[0] ?? new Uint8Array(0), slots[1] ?? new Uint8Array(0)];
  const head = Buffer.alloc(32);
  head.writeInt32LE(kind, 4);
  head.writeBigInt64LE(at, 8);
  head.writeDoubleLE(ratio, 16);
  bytes.forEach((slot, i) => {
    head.writeUInt32LE(slot.length, 24 + 4 * i);
  });
  const whole = Buffer.concat([head, ...bytes]);
  whole.writeUInt32LE(whole.length - 4, 0);
  return new Uint8Array(whole);
}

export function batch(...inputs: readonly Input[]): Uint8Array {
  return new Uint8Array(Buffer.concat(inputs.map(frame)));
}

export type Effect =
  | { readonly input: number; readonly call: "publish"; readonly kind: number; readonly topic: string; readonly payload: Buffer }
  | { readonly input: number; readonly call: "note"; readonly at: bigint; readonly ratio: number };

/** Decodes what {@link OPTIONS} records. */
export function effects({ effects: bytes }: ReactorResult): Effect[] {
  const from = Buffer.from(bytes);
  const found: Effect[] = [];
  for (let at = 0; at < from.length; ) {
    const [size, input, call] = [from.readUInt32LE(at), from.readUInt32LE(at + 4), from.readUInt32LE(at + 8)];
    const body = from.subarray(at + 12, at + 12 + size);
    if (call === 0) {
      const topic = body.readUInt32LE(4);
      const payload = body.readUInt32LE(8 + topic);
      found.push({
        input,
        call: "publish",
        kind: body.readInt32LE(0),
        topic: body.subarray(8, 8 + topic).toString(),
        payload: body.subarray(12 + topic, 12 + topic + payload),
      });
    } else {
      found.push({ input, call: "note", at: body.readBigInt64LE(0), ratio: body.readDoubleLE(8) });
    }
    at += 12 + size;
  }
  return found;
}
