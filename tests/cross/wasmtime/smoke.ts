// Runs on the other machine's Node: one line per thing that has to work there, then "all well".
import {
  Config,
  Engine,
  hostTarget,
  Linker,
  Module,
  Reactor,
  Store,
  ThreadPool,
  type Trap,
  wat2wasm,
} from "../../../runtime/wasmtime/src/index.ts";

const MiB = 1024 * 1024;
const GUEST = `(module $guest
  (import "host" "read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "host" "publish" (func $publish (param i32 i32)))
  (memory (export "memory") 1)
  (func $deep (param i64) (result i64) (i64.add (call $deep (local.get 0)) (i64.const 1)))
  (func (export "handle") (param $kind i32) (param $length i32) (result i32)
    (if (i32.eq (local.get $kind) (i32.const 1)) (then (loop (br 0))))
    (if (i32.eq (local.get $kind) (i32.const 2)) (then (drop (call $deep (i64.const 0)))))
    (if (i32.eq (local.get $kind) (i32.const 3)) (then (drop (i32.load (i32.const 0x7ffffff0)))))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1024) (local.get $length)))
    (call $publish (i32.const 1024) (local.get $length))
    (i32.const 0)))`;
const NUMBERS = `(module (import "js" "twice" (func $twice (param i64) (result i64)))
  (func (export "nan") (result i64) (i64.reinterpret_f64 (f64.div (f64.const 0) (f64.const 0))))
  (func (export "eight") (result i64) (call $twice (i64.const 4)))
  (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0))))`;

function expect(what: string, actual: unknown, wanted: unknown): void {
  if (actual !== wanted) throw new Error(`${what}: got ${String(actual)}, not ${String(wanted)}`);
  process.stdout.write(`${what}: ${String(actual)}\n`);
}

function frame(kind: number, text: string): Uint8Array {
  const bytes = Buffer.alloc(12 + text.length);
  bytes.writeUInt32LE(8 + text.length, 0);
  bytes.writeInt32LE(kind, 4);
  bytes.writeUInt32LE(text.length, 8);
  bytes.write(text, 12);
  return new Uint8Array(bytes);
}

expect("target", hostTarget(), process.argv[2]);
const engine = new Engine(new Config({ pooling: { instances: 20, memoryBytes: MiB, tableElements: 10 } }));

const linker = new Linker(engine).func("js", "twice", { params: ["i64"], results: ["i64"] }, (value: bigint) => 2n * value);
const numbers = linker.instantiate(new Store(engine), Module.compile(engine, wat2wasm(NUMBERS)));
expect("import in JavaScript", numbers.getFunc("eight")(), 8n);
expect("canonical NaN", numbers.getFunc("nan")(), 0x7ff8000000000000n);
try {
  numbers.getFunc("divide")(0);
} catch (error) {
  expect("trap", (error as Trap).code, "integer-division-by-zero");
}

const module = Module.deserialize(engine, Module.compile(engine, wat2wasm(GUEST)).serialize());
const pool = new ThreadPool({ threads: 2 });
const make = () =>
  new Reactor(engine, module, {
    entry: "handle",
    scalars: ["i32"],
    slots: 1,
    imports: { module: "host", read: "read", calls: [{ name: "publish", args: ["bytes"] }] },
    limits: { memoryBytes: MiB, tableElements: 10, effectBytes: MiB, deadlineTicks: 50 },
  });
const text = (effects: Uint8Array) => Buffer.from(effects.subarray(16)).toString();
expect("reactor", text(make().run(frame(0, "hello")).effects), "hello");
expect("reactor on a thread", text((await make().runOn(pool, frame(0, "thread"))).effects), "thread");
const STOPS = { 1: "interrupt", 2: "stack-overflow", 3: "memory-out-of-bounds" } as const;
for (const [kind, code] of Object.entries(STOPS)) {
  for (const where of ["here", "on a thread"]) {
    const { stop } = where === "here" ? make().run(frame(Number(kind), "")) : await make().runOn(pool, frame(Number(kind), ""));
    expect(`stopped ${where}`, stop?.kind === "trap" && stop.trap.code, code);
  }
}
process.stdout.write("all well\n");
