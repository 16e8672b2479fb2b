import { type Binding, loadBinding } from "./binding.ts";
import { Config } from "./config.ts";
import { Handle } from "./handle.ts";

/**
 * Compiler, allocator and clock of everything made from it. A native thread advances its epoch while a guest runs.
 *
 * @throws WasmtimeError `option`, `reservation` (the pool's address space is not to be had), `binding`
 */
export class Engine extends Handle<"Engine"> {
  readonly config: Config;

  constructor(config: Config = new Config(), binding: Binding = loadBinding()) {
    super(binding, binding.createEngine(config.settings));
    this.config = config;
  }
}
