import type { Binding, Native, NativeExtern } from "./binding.ts";
import { WasmtimeError } from "./errors.ts";
import { Global } from "./global.ts";
import { Handle } from "./handle.ts";
import { Memory } from "./memory.ts";
import type { Module } from "./module.ts";
import { Table } from "./table.ts";
import type { Value } from "./types.ts";

/** A function of a guest: i64 is a BigInt; several results come as an array. */
export type Func = (...args: Value[]) => Value | Value[] | undefined;
export type Extern = Func | Memory | Global | Table;

/** A module in a store. */
export class Instance extends Handle<"Instance"> {
  readonly module: Module;
  readonly #made = new Map<string, Extern>();
  #exports: Readonly<Record<string, Extern>> | undefined;

  /** @internal */
  constructor(binding: Binding, native: Native<"Instance">, module: Module) {
    super(binding, native);
    this.module = module;
  }

  /** Every export by name, each made when it is first read. */
  get exports(): Readonly<Record<string, Extern>> {
    this.#exports ??= Object.defineProperties(
      Object.create(null),
      Object.fromEntries(this.module.exports().map(({ name }) => [name, { enumerable: true, get: () => this.get(name) }])),
    );
    return this.#exports as Readonly<Record<string, Extern>>;
  }

  /** The export `name`, or undefined. */
  get(name: string): Extern | undefined {
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const found = this.binding.instanceExport(this.native, name);
    if (found === undefined) return undefined;
    const item = wrap(this.binding, found);
    this.#made.set(name, item);
    return item;
  }

  /** @throws WasmtimeError `export` when there is no such function; likewise below */
  getFunc(name: string): Func {
    const item = this.get(name);
    if (typeof item === "function") return item;
    throw new WasmtimeError("export", `the module exports no function "${name}"`);
  }

  getMemory(name: string): Memory {
    const item = this.get(name);
    if (item instanceof Memory) return item;
    throw new WasmtimeError("export", `the module exports no memory "${name}"`);
  }

  getGlobal(name: string): Global {
    const item = this.get(name);
    if (item instanceof Global) return item;
    throw new WasmtimeError("export", `the module exports no global "${name}"`);
  }
}

function wrap(binding: Binding, found: NativeExtern): Extern {
  switch (found.kind) {
    case "func":
      return found.value;
    case "memory":
      return new Memory(binding, found.value);
    case "global":
      return new Global(binding, found.value);
    case "table":
      return new Table(binding, found.value);
  }
}

/** @internal */
export function nativeExtern(item: Extern): NativeExtern["value"] {
  return typeof item === "function" ? item : item.native;
}
