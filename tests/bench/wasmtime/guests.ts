// The guests that are measured, in WebAssembly's text format.

/** Reads its one slot, publishes it, and has an empty function: for Wasmtime, raw and through this package. */
export const MESSAGE = `(module
  (import "host" "read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "host" "publish" (func $publish (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "empty"))
  (func (export "handle") (param $length i32) (result i32)
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1024) (local.get $length)))
    (call $publish (i32.const 1024) (local.get $length))
    (i32.const 0)))`;

/** The same through Extism's kernel: input into the guest's own memory, and out of it, eight bytes at a time. */
export const EXTISM = `(module
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u64" (func $input_load (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (memory (export "memory") 1)
  (func (export "empty") (result i32) (i32.const 0))
  (func (export "handle") (result i32)
    (local $length i64) (local $to i64) (local $i i64)
    (local.set $length (call $input_length))
    (loop $in
      (i64.store offset=1024 (i32.wrap_i64 (local.get $i)) (call $input_load (local.get $i)))
      (local.set $i (i64.add (local.get $i) (i64.const 8)))
      (br_if $in (i64.lt_u (local.get $i) (local.get $length))))
    (local.set $to (call $alloc (local.get $length)))
    (local.set $i (i64.const 0))
    (loop $out
      (call $store (i64.add (local.get $to) (local.get $i)) (i64.load offset=1024 (i32.wrap_i64 (local.get $i))))
      (local.set $i (i64.add (local.get $i) (i64.const 8)))
      (br_if $out (i64.lt_u (local.get $i) (local.get $length))))
    (call $output_set (local.get $to) (local.get $length))
    (i32.const 0)))`;

/** About 5 KB of code, the size of a small plugin: what compiling, loading and instantiating are measured with. */
export function plugin(): string {
  const functions = Array.from(
    { length: 60 },
    (_, i) => `(func $f${i} (export "f${i}") (param $a i32) (param $b i32) (result i32) (local $i i32)
      (loop $next
        (local.set $a (i32.add (i32.mul (local.get $a) (i32.const ${31 + i})) (i32.load offset=${16 * i} (i32.and (local.get $b) (i32.const 0xfff)))))
        (if (i32.gt_u (local.get $a) (i32.const ${100_000 + i})) (then (local.set $a (i32.shr_u (local.get $a) (i32.const 3)))))
        (i32.store offset=${32 * i} (i32.and (local.get $i) (i32.const 0xffc)) (local.get $a))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $b))))
      (i32.xor (local.get $a) (i32.const ${i})))`,
  );
  return `(module (memory (export "memory") 2) (table 10 funcref) (elem (i32.const 0) $f0 $f1 $f2)
    (data (i32.const 64) "${"steppps ".repeat(32)}") ${functions.join("\n")})`;
}
