import { encodeOnnx, type OnnxConstant } from "./onnx/encode.ts";
import { dense } from "./telemetry/graph.ts";
import { newLayers } from "./train/mlp.ts";
import { Random } from "./train/random.ts";

const SIZES = [64, 32, 8, 32, 64] as const;

/**
 * A network that learned nothing, for what crossing from a plugin to a model costs: input `in` and output `out`, both float32[rows, 64].
 * The same bytes each time.
 */
export function crossingNetwork(): Uint8Array {
  const constants: OnnxConstant[] = [];
  const nodes = dense(newLayers(SIZES, new Random(1)), "in", "out", constants);
  const value = (name: string) => ({ name, dtype: "float32", dims: ["rows", SIZES[0]] }) as const;
  return encodeOnnx({ name: "crossing", inputs: [value("in")], outputs: [value("out")], constants, nodes }, "steppps crossing");
}
