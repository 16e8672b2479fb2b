import type { Dtype, Tensor } from "./tensor.ts";

/** Where a model can run, in the order in which they are tried: the native worker, then WebAssembly. */
export const PROVIDERS = ["native-cpu", "wasm"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** One run that somebody asks for. */
export interface InferenceRequest {
  /** By the name of its manifest. */
  readonly model: string;
  /** In the order of the model's inputs. Not to be changed until there is an answer. */
  readonly inputs: readonly Tensor[];
  /** ms from now: then there is an answer, at the latest a refusal (E_INFER_DEADLINE). */
  readonly deadline: number;
  /** Whose it is, a plugin or a step: turns are taken by owner, and logs name it. */
  readonly owner: string;
}

export interface InferenceResult {
  /** In the order of the model's outputs; copies that the receiver may keep. */
  readonly outputs: readonly Tensor[];
  readonly model: { readonly name: string; readonly version: string };
  readonly provider: ProviderName;
  /** µs that the model ran, of a shared run too: not what waiting took. */
  readonly micros: number;
  /** How unusual the guard finds the input, where the model has one; its threshold is the manifest's. */
  readonly score?: number;
}

/** The models of a device as those see them who want something inferred. */
export interface Inferences {
  has(model: string): boolean;
  /**
   * May be called many times in a tick: what waits for one model goes over together.
   *
   * @throws StepppsError (as a rejection) E_INFER_* with the reason
   */
  infer(request: InferenceRequest): Promise<InferenceResult>;
}

/** A value that a model takes or gives, as the loaded model itself says. */
export interface Port {
  readonly name: string;
  readonly dtype: Dtype;
  /** -1 for a dim that is open. */
  readonly dims: readonly number[];
  /** The names of open dims, "" where there is none: two dims of one name are equal. */
  readonly symbols: readonly string[];
}

/** Where a model's bytes come from: asked again after a worker has ended, so that nobody has to keep them in memory. */
export interface ModelSource {
  /** For messages. */
  readonly name: string;
  /** The ONNX file. It has been checked against its signed hash. */
  bytes(): Promise<Uint8Array>;
}

/** What a model may take at most. */
export interface ModelBudget {
  /** Bytes on top of what the provider takes by itself. */
  readonly memoryBytes: number;
  /** ms until it is loaded. */
  readonly loadMs: number;
}

/** What one hand-over came to: `outputs[i]` answers `calls[i]`. */
export interface RunResult {
  readonly outputs: readonly (readonly Tensor[])[];
  /** µs in the model. */
  readonly micros: number;
  /** Bytes that were copied on the way beside writing the inputs once and reading the outputs once. */
  readonly copied: number;
}

/** A loaded model. */
export interface Session {
  readonly provider: ProviderName;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** How many calls one run can take: 1 unless the first dim of every input and output is open. */
  readonly batch: number;
  /**
   * Runs the model for all of `calls`, at most `batch` of them, at once. The tensors have been checked against `inputs`
   * (`checkInputs`).
   *
   * @param deadline ms from now, at which it is answered at the latest
   * @throws StepppsError (as a rejection) E_INFER_DEADLINE, E_INFER_WORKER, E_INFER_RUN
   */
  run(calls: readonly (readonly Tensor[])[], deadline: number): Promise<RunResult>;
  /** Gives back what the model took; what is under way still gets its answer. */
  free(): void;
}

/** One way to run models. */
export interface Provider {
  readonly name: ProviderName;
  /** @throws StepppsError (as a rejection) E_INFER_LOAD, E_INFER_MEMORY, E_INFER_WORKER */
  load(source: ModelSource, budget: ModelBudget): Promise<Session>;
  /** What it costs at the moment; figures that it doesn't have are absent. */
  health(): ProviderHealth;
  close(): Promise<void>;
}

export interface ProviderHealth {
  /** How often its process or thread was started again after it ended by itself. */
  readonly restarts: number;
  readonly pid?: number;
  /** Why it doesn't work at the moment. */
  readonly failure?: string;
}
