import type { Static } from "typebox";
import { Verity } from "./image.ts";
import { Version } from "./manifest.ts";
import { Type } from "./type.ts";

const closed = { additionalProperties: false } as const;

/** The content type of a layer's envelope. */
export const LAYER_CONTENT_TYPE = "application/vnd.steppps.layer+cbor";

/** Of a layer's file system with its hash tree, and so of what a device takes. */
export const MAX_LAYER_BYTES = 2 ** 30;

/** The signed content of a layer's envelope: programs beside the image, as one erofs with dm-verity's hash tree behind it. */
export const LayerManifest = Type.Object(
  {
    type: Type.Literal("layer"),
    /** Part of paths on the device. */
    name: Type.String({ pattern: "^[a-z][a-z0-9-]{0,30}$" }),
    version: Version,
    arch: Type.Union([Type.Literal("arm64"), Type.Literal("x86_64")]),
    /** The lowest version of the image that it works with. */
    minimum: Type.Optional(Version),
    /** ms since the epoch: from then on nobody installs it. */
    expires: Type.Optional(Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })),
    /** Of file system and hash tree, a multiple of 4,096. */
    size: Type.Integer({ minimum: 8192, maximum: MAX_LAYER_BYTES }),
    sha256: Type.Unsafe<Uint8Array>({}),
    verity: Verity,
    /** What has to end with 0 for the layer to be kept: a program's path in it, and its arguments. */
    health: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 8 }),
  },
  closed,
);
export type LayerManifest = Static<typeof LayerManifest>;

/** Where a layer stands: `failed` ones are not mounted, or have a block that is not what it was. */
export const LAYER_STATES = ["fetching", "trying", "mounted", "failed"] as const;
export type LayerState = (typeof LAYER_STATES)[number];

/** A layer of a device. */
export interface LayerReport {
  /** SHA-256 of the envelope, in hex. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly state: LayerState;
  /** Bytes, with the hash tree; how many are there while it is being fetched. */
  readonly size: number;
  readonly fetched?: number;
  readonly error?: { readonly code: string; readonly what: string; readonly detail: string; readonly fix: string };
}

/** `layer-status`: what is there, and what became of the last one that was brought. */
export interface LayerStatus {
  readonly layers: readonly LayerReport[];
  /** Absent since the last start, where none was brought. */
  readonly last?: LayerReport;
}

/** Programs that come with layers: signed file systems beside the image, each with a root of its own. */
export interface LayerPrograms {
  /** Whether a layer of that name is mounted. */
  has(layer: string): boolean;
  /** The command that runs a program of the layer, by its path there, in the layer's own root. */
  argv(layer: string, program: string, args: readonly string[]): readonly string[];
  /** Calls `listener` each time a layer of that name was mounted or taken away; returns what ends that. */
  onMounted(layer: string, listener: () => void): () => void;
}
