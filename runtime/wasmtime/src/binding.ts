import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { EngineSettings } from "./config.ts";
import { makeError, type TrapFrame, WasmtimeError } from "./errors.ts";
import { hostTarget } from "./host.ts";
import type { ReactorSettings } from "./reactor-options.ts";
import type { FuncType, ModuleExport, ModuleImport, Value } from "./types.ts";

declare const kind: unique symbol;
/** A native object of one kind, checked by its type tag on the native side. */
export interface Native<Kind extends string> {
  readonly [kind]: Kind;
}

export type NativeFunc = (...args: Value[]) => Value | Value[] | undefined;
export type NativeExtern =
  | { readonly kind: "func"; readonly value: NativeFunc }
  | { readonly kind: "memory"; readonly value: Native<"Memory"> }
  | { readonly kind: "global"; readonly value: Native<"Global"> }
  | { readonly kind: "table"; readonly value: Native<"Table"> };

/** The native addon's functions. Internal: the classes of this package are its only users. */
export interface Binding {
  setErrorFactory(make: (code: string, message: string, frames: readonly TrapFrame[] | undefined) => Error): void;
  close(handle: Native<string>): void;
  createEngine(settings: EngineSettings): Native<"Engine">;
  wat2wasm(text: string): Uint8Array<ArrayBuffer>;
  compile(engine: Native<"Engine">, wasm: Uint8Array): Native<"Module">;
  compileAsync(engine: Native<"Engine">, wasm: Uint8Array): Promise<Native<"Module">>;
  validate(engine: Native<"Engine">, wasm: Uint8Array): string | undefined;
  deserialize(engine: Native<"Engine">, artefact: Uint8Array): Native<"Module">;
  deserializeFile(engine: Native<"Engine">, path: string): Native<"Module">;
  serialize(module: Native<"Module">): Uint8Array<ArrayBuffer>;
  moduleImports(module: Native<"Module">): ModuleImport[];
  moduleExports(module: Native<"Module">): ModuleExport[];
  createStore(
    engine: Native<"Engine">,
    memoryBytes: number,
    tableElements: number,
    instances: number,
    tables: number,
    memories: number,
    deadlineTicks: number,
  ): Native<"Store">;
  setDeadline(store: Native<"Store">, ticks: number): void;
  setFuel(store: Native<"Store">, fuel: bigint): void;
  getFuel(store: Native<"Store">): bigint;
  createLinker(engine: Native<"Engine">): Native<"Linker">;
  linkerAllowShadowing(linker: Native<"Linker">, allow: boolean): void;
  linkerFunc(linker: Native<"Linker">, module: string, name: string, type: FuncType, call: (...args: never[]) => unknown): void;
  linkerDefine(linker: Native<"Linker">, module: string, name: string, item: NativeExtern["value"]): void;
  linkerInstance(linker: Native<"Linker">, name: string, instance: Native<"Instance">): void;
  instantiatePre(linker: Native<"Linker">, module: Native<"Module">): Native<"InstancePre">;
  instantiate(pre: Native<"InstancePre">, store: Native<"Store">): Native<"Instance">;
  instanceExport(instance: Native<"Instance">, name: string): NativeExtern | undefined;
  memorySize(memory: Native<"Memory">): number;
  memoryGrow(memory: Native<"Memory">, pages: number): number;
  memoryRead(memory: Native<"Memory">, offset: number, into: Uint8Array): void;
  memoryWrite(memory: Native<"Memory">, offset: number, bytes: Uint8Array): void;
  globalGet(global: Native<"Global">): Value;
  globalSet(global: Native<"Global">, value: Value): void;
  tableSize(table: Native<"Table">): number;
  createThreadPool(threads: number, stackBytes: number, queueLimit: number): Native<"ThreadPool">;
  createReactor(
    engine: Native<"Engine">,
    module: Native<"Module">,
    settings: ReactorSettings,
    status: Uint8Array,
    extraImports: ReactorSettings["extraImports"],
  ): Native<"Reactor">;
  reactorRunner(reactor: Native<"Reactor">): (batch: Uint8Array) => number;
  reactorExchanger(reactor: Native<"Reactor">): (size: number) => number;
  reactorLend(reactor: Native<"Reactor">, use: 0 | 1 | 2, buffer: Uint8Array): void;
  reactorEffects(reactor: Native<"Reactor">, out: Uint8Array): void;
  reactorDeadline(reactor: Native<"Reactor">, ticks: number): void;
  reactorStopped(reactor: Native<"Reactor">): Uint8Array<ArrayBuffer>;
  reactorTrap(reactor: Native<"Reactor">): Error | undefined;
  runOn(pool: Native<"ThreadPool">, reactor: Native<"Reactor">, batch: Uint8Array, done: () => void): void;
}

/** The addon for this machine, inside the package. */
export function defaultBindingPath(): string {
  return fileURLToPath(new URL(`../prebuilt/${hostTarget()}/wasmtime_node.node`, import.meta.url));
}

/**
 * Loads the native addon: the package's own, or the one at `path` (for a bundled program). Node keeps one copy per
 * process and path, so calling this again is cheap.
 *
 * @throws WasmtimeError `binding` when there is none for this machine, with the command that builds it
 */
export function loadBinding(path: string = defaultBindingPath()): Binding {
  let binding: Binding;
  try {
    binding = createRequire(import.meta.url)(path) as Binding;
  } catch (cause) {
    const error = new WasmtimeError(
      "binding",
      `no usable native addon at ${path}: ${cause instanceof Error ? cause.message : String(cause)}. Build it with: node build/main.ts --target ${hostTarget()}`,
    );
    error.cause = cause;
    throw error;
  }
  binding.setErrorFactory(makeError);
  return binding;
}
