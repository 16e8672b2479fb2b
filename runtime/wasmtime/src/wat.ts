import { type Binding, loadBinding } from "./binding.ts";

/**
 * WebAssembly's text format to its binary one.
 *
 * @throws WasmtimeError `wat`
 */
export function wat2wasm(text: string, binding: Binding = loadBinding()): Uint8Array<ArrayBuffer> {
  return binding.wat2wasm(text);
}
