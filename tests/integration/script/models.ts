import {
  type InferenceRequest,
  type InferenceResult,
  type Inferences,
  StepppsError,
  type Tensor,
} from "../../../runtime/contract/index.ts";

/** Models of a device whose answers a test holds back, or has fail: `double` doubles float32 numbers. What it says is computed, not prepared. */
export class HeldModels implements Inferences {
  readonly asked: InferenceRequest[] = [];
  /** Whether answers wait for `release`. */
  held = false;
  #waiting: (() => void)[] = [];

  has(model: string): boolean {
    return model === "double" || model === "length";
  }

  async infer(request: InferenceRequest): Promise<InferenceResult> {
    this.asked.push(request);
    if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (!this.has(request.model)) throw new StepppsError("E_INFER_MODEL", request.model);
    const [input] = request.inputs as [Tensor];
    const wanted = request.model === "double" ? "float32" : "uint8";
    if (input.dtype !== wanted) throw new StepppsError("E_INFER_SHAPE", `${input.dtype} in place of ${wanted}`);
    const outputs = [wanted === "float32" ? doubled(input) : lengthOf(input)];
    return { outputs, model: { name: request.model, version: "1.0.0" }, provider: "wasm", micros: 7 };
  }

  release(): void {
    this.held = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function doubled({ dims, bytes }: Tensor): Tensor {
  const values = new Float32Array(bytes.slice().buffer).map((value) => value * 2);
  return { dtype: "float32", dims, bytes: new Uint8Array(values.buffer) };
}

function lengthOf({ bytes }: Tensor): Tensor {
  return { dtype: "float32", dims: [1], bytes: new Uint8Array(new Float32Array([bytes.length]).buffer) };
}
