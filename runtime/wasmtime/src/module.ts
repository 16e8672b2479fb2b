import type { Native } from "./binding.ts";
import { text } from "./check.ts";
import type { Engine } from "./engine.ts";
import { WasmtimeError } from "./errors.ts";
import { Handle } from "./handle.ts";
import type { ModuleExport, ModuleImport } from "./types.ts";

/** Compiled WebAssembly, made by one of the static functions. */
export class Module extends Handle<"Module"> {
  readonly engine: Engine;
  #exports: readonly ModuleExport[] | undefined;

  private constructor(engine: Engine, native: Native<"Module">) {
    super(engine.binding, native);
    this.engine = engine;
  }

  /** @throws WasmtimeError `compile` */
  static compile(engine: Engine, wasm: Uint8Array): Module {
    return new Module(engine, engine.binding.compile(engine.native, wasm));
  }

  /** Like {@link compile}, on another thread: the event loop goes on meanwhile. `wasm` is copied first. */
  static async compileAsync(engine: Engine, wasm: Uint8Array): Promise<Module> {
    return new Module(engine, await engine.binding.compileAsync(engine.native, wasm));
  }

  /** @throws WasmtimeError `validate`, with the reason */
  static validate(engine: Engine, wasm: Uint8Array): void {
    const reason = engine.binding.validate(engine.native, wasm);
    if (reason !== undefined) throw new WasmtimeError("validate", reason);
  }

  /**
   * Loads what {@link serialize} returned, under the same settings and on the same architecture. The bytes are machine
   * code: load only what this device made or checked itself.
   *
   * @throws WasmtimeError `deserialize`
   */
  static deserialize(engine: Engine, artefact: Uint8Array): Module {
    return new Module(engine, engine.binding.deserialize(engine.native, artefact));
  }

  /** Like {@link deserialize}, mapped from a file, which must not change while the module is in use. */
  static deserializeFile(engine: Engine, path: string): Module {
    if (path.includes("\0")) text("path", path);
    return new Module(engine, engine.binding.deserializeFile(engine.native, path));
  }

  /** The compiled code, ready for {@link deserialize}. */
  serialize(): Uint8Array<ArrayBuffer> {
    return this.binding.serialize(this.native);
  }

  imports(): ModuleImport[] {
    return this.binding.moduleImports(this.native);
  }

  exports(): readonly ModuleExport[] {
    this.#exports ??= this.binding.moduleExports(this.native);
    return this.#exports;
  }
}
