import {
  type Config,
  Engine,
  Linker,
  Module,
  Store,
  type StoreOptions,
  WasmtimeError,
  wat2wasm,
} from "../../../runtime/wasmtime/src/index.ts";

/** Compiles a guest written in WebAssembly's text format. */
export function guest(engine: Engine, wat: string): Module {
  return Module.compile(engine, wat2wasm(wat));
}

/** An instance without imports, in a store of its own. */
export function instantiate(wat: string, options: StoreOptions = {}, config?: Config) {
  const engine = new Engine(config);
  const store = new Store(engine, options);
  const instance = new Linker(engine).instantiate(store, guest(engine, wat));
  return { engine, store, instance };
}

/** The package's error that `body` throws. */
export function thrown(body: () => unknown): WasmtimeError {
  try {
    body();
  } catch (error) {
    if (error instanceof WasmtimeError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

export function codeOf(body: () => unknown): string {
  return thrown(body).code;
}
