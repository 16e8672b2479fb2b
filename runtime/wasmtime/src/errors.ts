/** One call of a guest's stack, innermost first. */
export interface TrapFrame {
  /** The function's name, when the module has a name section. */
  readonly function?: string;
  /** The module's own name. */
  readonly module?: string;
  /** Index of the function in its module. */
  readonly index: number;
  /** Byte offset in the `.wasm` file. */
  readonly moduleOffset?: number;
  /** Byte offset from the function's start. */
  readonly functionOffset?: number;
}

/** Any error of this package. `code` is stable and meant for programs, `message` for people. */
export class WasmtimeError extends Error {
  override readonly name: string = "WasmtimeError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A guest that was stopped while it ran. Codes: Wasmtime's own (`interrupt` for a passed deadline, `out-of-fuel`,
 * `stack-overflow`, `memory-out-of-bounds`, `unreachable`, `integer-division-by-zero` ...) and the host's
 * (`abort`, `guest-pointer`, `no-slot`, `effects-limit`, `not-ready`, `host`).
 */
export class Trap extends WasmtimeError {
  override readonly name = "Trap";
  readonly frames: readonly TrapFrame[];

  constructor(code: string, message: string, frames: readonly TrapFrame[]) {
    super(code, message);
    this.frames = frames;
  }
}

/** Builds what the native side throws. */
export function makeError(code: string, message: string, frames: readonly TrapFrame[] | undefined): WasmtimeError {
  return frames === undefined ? new WasmtimeError(code, message) : new Trap(code, message, frames);
}
