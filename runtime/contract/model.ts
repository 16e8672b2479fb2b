import type { Static } from "typebox";
import { ModelName, Version } from "./manifest.ts";
import { DTYPES, type Dtype, MAX_DIMS, MAX_TENSORS } from "./tensor.ts";
import { Type } from "./type.ts";

const closed = { additionalProperties: false } as const;

/** The content type of a model's envelope. */
export const MODEL_CONTENT_TYPE = "application/vnd.steppps.model+cbor";

/** Of an ONNX file, and so of what a device takes. */
export const MAX_MODEL_BYTES = 256 * 2 ** 20;

const Name = Type.String({ minLength: 1, maxLength: 200 });
const Unit = Type.Optional(Type.String({ minLength: 1, maxLength: 40 }));

/** What a value may be: outside of it the model was never tried, and an inference is refused (E_INFER_RANGE). */
const Range = { min: Type.Optional(Type.Number()), max: Type.Optional(Type.Number()) };

/** A place of the last dim, where each has a meaning of its own: one of several readings. */
const Column = Type.Object({ name: Name, unit: Unit, ...Range }, closed);
export type ModelColumn = Static<typeof Column>;

/** An input or output, as the ONNX file has it and with what the file can't say. */
const ModelValue = Type.Object(
  {
    name: Name,
    dtype: Type.Unsafe<Dtype>({ enum: Object.keys(DTYPES) }),
    /** -1 for a dim that is open. */
    dims: Type.Array(Type.Integer({ minimum: -1, maximum: 2 ** 28 }), { maxItems: MAX_DIMS }),
    description: Type.Optional(Type.String({ maxLength: 500 })),
    unit: Unit,
    ...Range,
    columns: Type.Optional(Type.Array(Column, { minItems: 1, maxItems: 1024 })),
  },
  closed,
);
export type ModelValue = Static<typeof ModelValue>;

/**
 * How unusual an input is: a number of at least 0, divided by `threshold`, so that more than 1 is unusual for any model.
 * The threshold comes from inputs that the model was not trained on.
 */
export const Guard = Type.Union([
  /** The model says so itself: the largest value of an output, such as an autoencoder's reconstruction error. */
  Type.Object({ kind: Type.Literal("output"), output: Name, threshold: Type.Number({ minimum: 1e-9 }) }, closed),
  /**
   * Mahalanobis distance (Lee et al. 2018) of an input's or output's last dim from what is usual: the length of
   * `whiten` · (x - `mean`), the largest over the rows. `whiten` is a lower triangle, row by row: n·(n + 1)/2 numbers.
   */
  Type.Object(
    {
      kind: Type.Literal("mahalanobis"),
      of: Type.Union([Type.Object({ input: Name }, closed), Type.Object({ output: Name }, closed)]),
      mean: Type.Array(Type.Number(), { minItems: 1, maxItems: 128 }),
      whiten: Type.Array(Type.Number(), { minItems: 1, maxItems: (128 * 129) / 2 }),
      threshold: Type.Number({ minimum: 1e-9 }),
    },
    closed,
  ),
]);
export type Guard = Static<typeof Guard>;

/** Inputs with the outputs that they have to give: frames of tensors, as `tensor.ts` draws them. */
const Golden = Type.Object({ inputs: Type.Unsafe<Uint8Array>({}), outputs: Type.Unsafe<Uint8Array>({}) }, closed);

/** The signed content of a model's envelope. */
export const ModelManifest = Type.Object(
  {
    type: Type.Literal("model"),
    name: ModelName,
    version: Version,
    /** An SPDX expression: "Apache-2.0". */
    licence: Type.String({ pattern: "^[A-Za-z0-9.+()-]+( (AND|OR|WITH) [A-Za-z0-9.+()-]+)*$", maxLength: 200 }),
    /** What it is for, and what not. */
    description: Type.String({ maxLength: 4_000 }),
    onnx: Type.Object(
      {
        sha256: Type.Unsafe<Uint8Array>({}),
        size: Type.Integer({ minimum: 1, maximum: MAX_MODEL_BYTES }),
        opset: Type.Integer({ minimum: 1, maximum: 1_000 }),
      },
      closed,
    ),
    inputs: Type.Array(ModelValue, { minItems: 1, maxItems: MAX_TENSORS }),
    outputs: Type.Array(ModelValue, { minItems: 1, maxItems: MAX_TENSORS }),
    golden: Type.Array(Golden, { minItems: 1, maxItems: 16 }),
    /** An output's value fits when it differs by at most `absolute` + `relative` · |expected|. */
    tolerance: Type.Object(
      { absolute: Type.Number({ minimum: 0, maximum: 1e6 }), relative: Type.Number({ minimum: 0, maximum: 1 }) },
      closed,
    ),
    /** What it may take on top of what its runtime takes by itself. */
    memoryBytes: Type.Integer({ minimum: 65_536, maximum: 2 ** 32 }),
    /** ms that one run may take on the machines it is meant for; a device where it takes longer says so. */
    latencyMs: Type.Number({ minimum: 0.001, maximum: 600_000 }),
    guard: Type.Optional(Guard),
    /** The lowest version of STEPPPS Edge that it works with. */
    minimum: Type.Optional(Version),
  },
  closed,
);
export type ModelManifest = Static<typeof ModelManifest>;

/** A model of a device, as `model list` shows it. A `failed` one is there and can't be loaded; the version before it may answer instead. */
export interface ModelStatus {
  readonly name: string;
  readonly state: "ready" | "failed";
  /** Its file in the folder of models: of one that was deployed, the SHA-256 of what was sent, and ".model". */
  readonly file: string;
  readonly version?: string;
  readonly licence?: string;
  /** SHA-256 of the envelope, in hex. */
  readonly id?: string;
  /** Bytes of the ONNX file. */
  readonly size?: number;
  readonly provider?: string;
  /** "readings float32[?,12]". */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly error?: { readonly code: string; readonly detail: string };
}
