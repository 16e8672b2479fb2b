import { Handle } from "./handle.ts";
import type { Value } from "./types.ts";

/** A guest's global variable. */
export class Global extends Handle<"Global"> {
  get value(): Value {
    return this.binding.globalGet(this.native);
  }

  /** Throws WasmtimeError `immutable` for a constant. */
  set value(value: Value) {
    this.binding.globalSet(this.native, value);
  }
}
