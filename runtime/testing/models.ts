import { readFile } from "node:fs/promises";
import { readModelFolder } from "../../assembly/models/folder.ts";
import type { Dtype, InferenceRequest, InferenceResult, Inferences, Tensor } from "../contract/index.ts";
import { Models } from "../inference/models.ts";
import { numbersOf } from "../inference/numbers.ts";
import { packageFolder } from "../inference/portable/package-folder.ts";
import { probePortable } from "../inference/portable/probe.ts";
import { serveModel } from "../inference/serve.ts";
import { tensorOf } from "../inference/tensor-of.ts";
import { systemClock } from "../platform/index.ts";

/** A tensor with its values as numbers. */
export interface TestTensor {
  /** float32 where absent. */
  readonly dtype?: Dtype;
  /** One dim, as long as the values, where absent. */
  readonly dims?: readonly number[];
  readonly values: readonly number[];
}

/** What a model answers; with how unusual its guard finds the input, where the plugin looks at that. */
export type TestAnswer = readonly TestTensor[] | { readonly outputs: readonly TestTensor[]; readonly score: number };

/**
 * A model as a test has it: an ONNX file, or a folder with `model.yaml`, which run for real (in WebAssembly); or a function that gives
 * the answer. What it throws is the answer's reason, where it is a StepppsError.
 */
export type TestModel = string | ((inputs: readonly Required<TestTensor>[]) => TestAnswer);

/** A machine that runs tests may be busy: a model's own time is not what they are about. */
const LOAD_MS = 60_000;
const MEMORY_BYTES = 512 * 2 ** 20;

/** The models of one test. */
export class TestModels implements Inferences {
  readonly #answers = new Map<string, Exclude<TestModel, string>>();
  readonly #real: Models;

  private constructor() {
    const clock = systemClock();
    const folder = packageFolder();
    const open = () => probePortable({ folders: folder === undefined ? [] : [folder] }, { clock });
    this.#real = new Models({ clock, providers: [{ name: "wasm", open }] });
    this.#real.begin();
  }

  /** Loads what is to be run for real. Throws E_MODEL_*, E_INFER_*. */
  static async open(models: Readonly<Record<string, TestModel>>): Promise<TestModels> {
    const all = new TestModels();
    for (const [name, model] of Object.entries(models)) {
      if (typeof model === "string") await all.#load(name, model);
      else all.#answers.set(name, model);
    }
    return all;
  }

  has(model: string): boolean {
    return this.#answers.has(model) || this.#real.has(model);
  }

  /** The deadline is not held: how busy the machine is that runs a test is none of its business. */
  async infer(request: InferenceRequest): Promise<InferenceResult> {
    const answer = this.#answers.get(request.model);
    if (!answer) return this.#real.infer({ ...request, deadline: LOAD_MS });
    const inputs = request.inputs.map((tensor) => ({ ...tensor, values: Array.from(numbersOf(tensor)) }));
    const given = answer(inputs);
    const model = { name: request.model, version: "0.0.0" };
    const result = { model, provider: "wasm", micros: 0 } as const;
    if ("outputs" in given) return { ...result, outputs: given.outputs.map(whole), score: given.score };
    return { ...result, outputs: given.map(whole) };
  }

  close(): Promise<void> {
    return this.#real.close();
  }

  async #load(name: string, path: string): Promise<void> {
    const folder = path.endsWith(".onnx") ? undefined : readModelFolder(path);
    const onnx = folder?.onnx ?? (await readFile(path));
    const budget = { memoryBytes: MEMORY_BYTES, loadMs: LOAD_MS };
    const session = await this.#real.load({ name, bytes: async () => onnx }, budget);
    this.#real.put(folder ? { ...serveModel(folder.manifest, session), name } : { name, version: "0.0.0", session });
  }
}

function whole({ dtype = "float32", values, dims = [values.length] }: TestTensor): Tensor {
  return tensorOf(dtype, dims, values);
}
