import type { Binding, Native } from "./binding.ts";
import { Handle } from "./handle.ts";
import { Instance } from "./instance.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";

/** A module whose imports are resolved; made by `Linker.instantiatePre`. */
export class InstancePre extends Handle<"InstancePre"> {
  readonly module: Module;

  /** @internal */
  constructor(binding: Binding, native: Native<"InstancePre">, module: Module) {
    super(binding, native);
    this.module = module;
  }

  /** @throws WasmtimeError `instantiate` (limits, pool exhausted); Trap from the start function */
  instantiate(store: Store): Instance {
    return new Instance(this.binding, this.binding.instantiate(this.native, store.native), this.module);
  }
}
