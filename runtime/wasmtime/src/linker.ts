import type { Engine } from "./engine.ts";
import { Handle } from "./handle.ts";
import { type Extern, type Instance, nativeExtern } from "./instance.ts";
import { InstancePre } from "./instance-pre.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";
import type { FuncType } from "./types.ts";

/** What a guest may import, by module and name. Nothing is there unless it is defined. */
export class Linker extends Handle<"Linker"> {
  readonly engine: Engine;

  constructor(engine: Engine) {
    super(engine.binding, engine.binding.createLinker(engine.native));
    this.engine = engine;
  }

  /** Whether a name may be defined again. Default false. */
  allowShadowing(allow: boolean): this {
    this.binding.linkerAllowShadowing(this.native, allow);
    return this;
  }

  /**
   * Defines a JavaScript function. What it throws unwinds the guest and comes out of the call into the guest.
   *
   * @throws WasmtimeError `link` (the name is taken)
   */
  func(module: string, name: string, type: FuncType, call: (...args: never[]) => unknown): this {
    this.binding.linkerFunc(this.native, module, name, type, call);
    return this;
  }

  /** Defines something of another guest in the same store. The linker then only serves that store. */
  define(module: string, name: string, item: Extern): this {
    this.binding.linkerDefine(this.native, module, name, nativeExtern(item));
    return this;
  }

  /** Defines all exports of `instance` under the module name `name`. */
  defineInstance(name: string, instance: Instance): this {
    this.binding.linkerInstance(this.native, name, instance.native);
    return this;
  }

  /**
   * Resolves a module's imports once, for many instances.
   *
   * @throws WasmtimeError `link` (an import is missing or has another type)
   */
  instantiatePre(module: Module): InstancePre {
    return new InstancePre(this.binding, this.binding.instantiatePre(this.native, module.native), module);
  }

  /** @throws WasmtimeError `link`, `instantiate`; Trap from the start function */
  instantiate(store: Store, module: Module): Instance {
    using pre = this.instantiatePre(module);
    return pre.instantiate(store);
  }
}
