import type { Limits } from "../../contract/index.ts";

/** Why a sandbox stopped in the middle of a batch. Codes are of the error catalogue. */
export interface SandboxStop {
  readonly code:
    | "E_GUEST_TRAP"
    | "E_GUEST_DEADLINE"
    | "E_GUEST_MEMORY"
    | "E_GUEST_EFFECTS"
    | "E_GUEST_ABORT"
    | "E_GUEST_REJECTED"
    | "E_GUEST_RESULT";
  readonly message: string;
  /** WebAssembly backtrace, innermost first; empty where the engine gives none. */
  readonly frames: readonly string[];
  /** What the stopped input had logged, oldest first: mostly why. */
  readonly logs?: readonly string[];
  /** It was given less time than its manifest allows: the batch is to be run again, and will be given all of it. */
  readonly hurried?: true;
}

export interface SandboxResult {
  /** Inputs handled before the stop, or all of them. */
  readonly completed: number;
  /** Effects of the completed inputs only; see contract/effect.ts for the layout. */
  readonly effects: Uint8Array;
  readonly stop?: SandboxStop;
  readonly memoryBytes: number;
  /** The processor's time that the batch took in the guest, where the engine measures it. */
  readonly micros?: number;
}

/** One instance of a guest. Runs one batch at a time; after a stop it is spent and must be closed. */
export interface Sandbox {
  run(batch: Uint8Array): Promise<SandboxResult>;
  close(): void;
}

/** A guest ready to be instantiated. */
export interface Guest {
  /** `apart`: it never runs on the event loop, however quick it is: what it does is not what the device is for. */
  instantiate(limits: Limits, apart?: "apart"): Sandbox;
  close(): void;
}

/** A WebAssembly engine that drives guests by the ABI's tables. */
export interface SandboxEngine {
  readonly name: "wasmtime" | "v8";
  /** Compiles and checks that the guest imports nothing but the ABI; throws E_GUEST_INVALID or E_GUEST_IMPORT. */
  compile(wasm: Uint8Array): Promise<Guest>;
  close(): void;
}
