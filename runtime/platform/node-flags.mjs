/**
 * What Node is started with where the supervisor runs. Plain JavaScript, as the command reads it before TypeScript is there.
 *
 * - `--expose-gc`: `compactHeap` gives back what starting up left behind.
 * - `--no-wasm-code-gc`: V8 ends the process now and then while it frees WebAssembly code of its own (nodejs/node#64500).
 * - `--heap-growing-percent`, `--max-semi-space-size` (MB): left alone, V8 lets the heap grow to four times what lives in it
 *   before it collects, and keeps the pages. A day of deploys took 950 MB for 44 that lived.
 * - `--invocation-count-for-maglev`, `…-osr`: ten times as often as V8 has it, before it optimises a function. Starting up and
 *   idling then don't wake its optimising compilers, whose code and data are 7 MB of resident memory; under load a function gets
 *   there within a second.
 */
export const NODE_FLAGS = Object.freeze([
  "--expose-gc",
  "--no-wasm-code-gc",
  "--heap-growing-percent=100",
  "--max-semi-space-size=8",
  "--invocation-count-for-maglev=4000",
  "--invocation-count-for-maglev-osr=4000",
]);
