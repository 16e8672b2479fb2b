import type { OnnxConstant, OnnxGraph, OnnxNode } from "../onnx/encode.ts";
import type { Layer } from "../train/mlp.ts";
import type { Autoencoder } from "./autoencoder.ts";
import { TELEMETRY } from "./readings.ts";

const WIDTH = TELEMETRY.length;

/**
 * The autoencoder as a graph that takes readings as they are:
 *
 *   readings[n, 12] ─ Relu ─ +1 ─ Log ─ -mean ─ /spread ─┬─ Gemm ─ Tanh ─ … ─ Gemm ─┬─ ·spread +mean ─ Exp ─ -1 ─▶ expected[n, 12]
 *                                                        └────────── Sub ───────────┘
 *                                                                     └─ /residual ─┬────────────────────────────▶ residuals[n, 12]
 *                                                                                   └─ Abs, largest of a row ────▶ error[n, 1]
 */
export function graphOf({ mean, spread, layers, residual }: Autoencoder): OnnxGraph {
  const constants: OnnxConstant[] = [
    vector("one", [1]),
    vector("mean", mean),
    vector("spread", spread),
    vector("residual", residual),
  ];
  const nodes: OnnxNode[] = [
    { operator: "Relu", inputs: ["readings"], outputs: ["positive"] },
    { operator: "Add", inputs: ["positive", "one"], outputs: ["above"] },
    { operator: "Log", inputs: ["above"], outputs: ["logs"] },
    { operator: "Sub", inputs: ["logs", "mean"], outputs: ["centred"] },
    { operator: "Div", inputs: ["centred", "spread"], outputs: ["scaled"] },
    ...dense(layers, "scaled", "repeated", constants),
    { operator: "Sub", inputs: ["scaled", "repeated"], outputs: ["off"] },
    { operator: "Div", inputs: ["off", "residual"], outputs: ["residuals"] },
    { operator: "Abs", inputs: ["residuals"], outputs: ["distances"] },
    { operator: "ReduceMax", inputs: ["distances"], outputs: ["error"], attributes: { axes: [1], keepdims: 1 } },
    { operator: "Mul", inputs: ["repeated", "spread"], outputs: ["widened"] },
    { operator: "Add", inputs: ["widened", "mean"], outputs: ["expectedLogs"] },
    { operator: "Exp", inputs: ["expectedLogs"], outputs: ["expectedAbove"] },
    { operator: "Sub", inputs: ["expectedAbove", "one"], outputs: ["expected"] },
  ];
  return {
    name: "telemetry",
    inputs: [{ name: "readings", dtype: "float32", dims: ["rows", WIDTH] }],
    outputs: [
      { name: "error", dtype: "float32", dims: ["rows", 1] },
      { name: "residuals", dtype: "float32", dims: ["rows", WIDTH] },
      { name: "expected", dtype: "float32", dims: ["rows", WIDTH] },
    ],
    constants,
    nodes,
  };
}

/** Layers with tanh between them, from the value `input` to the value `output`; their weights go to `constants`. */
export function dense(layers: readonly Layer[], input: string, output: string, constants: OnnxConstant[]): OnnxNode[] {
  return layers.flatMap(({ inputs, outputs, weights, biases }, at) => {
    const last = at === layers.length - 1;
    const from = at === 0 ? input : `layer${at}`;
    const to = last ? output : `sum${at + 1}`;
    constants.push(
      { name: `weights${at}`, dims: [inputs, outputs], values: Float32Array.from(weights) },
      vector(`biases${at}`, biases),
    );
    const gemm: OnnxNode = { operator: "Gemm", inputs: [from, `weights${at}`, `biases${at}`], outputs: [to] };
    return last ? [gemm] : [gemm, { operator: "Tanh", inputs: [to], outputs: [`layer${at + 1}`] }];
  });
}

function vector(name: string, values: ArrayLike<number>): OnnxConstant {
  return { name, dims: [values.length], values: Float32Array.from(values) };
}
