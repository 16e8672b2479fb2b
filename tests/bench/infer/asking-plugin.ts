import { fileURLToPath } from "node:url";
import { createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import type { InferenceRequest, Inferences } from "../../../runtime/contract/index.ts";
import { DEFAULT_WASMTIME, wasmtimeEngine } from "../../../runtime/script/index.ts";
import { Device } from "../../integration/script/support.ts";

const ENTRY = fileURLToPath(new URL("../plugins/asker/plugin.ts", import.meta.url));

/** A device with one plugin that asks "crossing" again with each result, as often as it is told. */
export class AskingPlugin {
  readonly #device: Device;
  readonly #asked: number[];

  private constructor(device: Device, asked: number[]) {
    this.#device = device;
    this.#asked = asked;
  }

  static async start(inferences: Inferences): Promise<AskingPlugin> {
    const result = await (await createCompiler()).compile({ entry: ENTRY });
    if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join("\n"));
    const asked: number[] = [];
    const timed: Inferences = {
      has: (model) => inferences.has(model),
      infer(request: InferenceRequest) {
        asked.push(performance.now());
        return inferences.infer(request);
      },
    };
    const device = await Device.start({ engine: wasmtimeEngine(DEFAULT_WASMTIME), inferences: timed, inTest: false });
    await device.deploy({ manifest: result.manifest, wasm: result.wasm });
    return new AskingPlugin(device, asked);
  }

  /** How long each round took, in µs: from the plugin's asking, by its result, to its asking again. */
  async rounds(count: number): Promise<number[]> {
    this.#asked.length = 0;
    await this.#device.send("bench/in", String(count));
    while (this.#device.said("bench/out").length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.#asked.slice(1).map((time, index) => 1e3 * (time - (this.#asked[index] as number)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#device.stop();
    await this.#device.journal.close();
  }
}
