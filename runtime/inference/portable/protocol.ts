import type { Dtype, Port } from "../../contract/index.ts";

/** What the portable provider's thread begins with. */
export interface ThreadOptions {
  /** URL of ONNX Runtime's module for WebAssembly. */
  readonly module: string;
  /** Path of its WebAssembly file. */
  readonly wasm: string;
  /** Of its memory, with all models in it. */
  readonly memoryBytes: number;
}

/** A tensor in memory of its own, which goes over without a copy. */
export interface Sent {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One at a time: the next one comes after the reply. */
export type Request =
  | { readonly kind: "load"; readonly session: number; readonly onnx: Uint8Array<ArrayBuffer> }
  | { readonly kind: "run"; readonly session: number; readonly inputs: readonly Sent[] }
  | { readonly kind: "free"; readonly session: number };

export type Reply =
  | { readonly kind: "loaded"; readonly inputs: readonly Port[]; readonly outputs: readonly Port[]; readonly grownBytes: number }
  | { readonly kind: "ran"; readonly outputs: readonly Sent[]; readonly micros: number }
  | { readonly kind: "freed" }
  /** `broken`: the runtime itself can't go on. `memory`: for want of memory. */
  | { readonly kind: "failed"; readonly text: string; readonly broken: boolean; readonly memory: boolean };
