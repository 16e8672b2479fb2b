import { concat, equalBytes, StepppsError, utf8 } from "../../../contract/index.ts";
import { MAX_LAYER_ENVELOPE_BYTES } from "../../../trust/index.ts";
import type { ByteSource } from "../../../update/index.ts";

/**
 * Where a layer's file begins. Integers are little endian:
 *
 *   0    8 bytes  "STPPLYR1"
 *   8    u32      length of the envelope, n
 *   12   n        the signed envelope: a LayerManifest
 *   …             zeros up to a multiple of 4,096
 *   …             erofs and dm-verity's hash tree, as they are mounted from here
 */
export interface LayerHead {
  readonly envelope: Uint8Array;
  /** Where the file system begins. */
  readonly bodyAt: number;
}

export const LAYER_MARK = utf8("STPPLYR1");
const FIXED_BYTES = LAYER_MARK.length + 4;
const BLOCK = 4096;

export function encodeLayerHead(envelope: Uint8Array): Uint8Array {
  const head = Buffer.alloc(bodyAt(envelope.length));
  head.set(LAYER_MARK);
  head.writeUInt32LE(envelope.length, LAYER_MARK.length);
  head.set(envelope, FIXED_BYTES);
  return head;
}

/** Throws E_LAYER for what is no layer; E_UPDATE_* as the source does. */
export async function readLayerHead(source: Pick<ByteSource, "read">, signal?: AbortSignal): Promise<LayerHead> {
  const fixed = await readWhole(source, 0, FIXED_BYTES, signal);
  if (!equalBytes(fixed.subarray(0, LAYER_MARK.length), LAYER_MARK)) throw new StepppsError("E_LAYER", "no layer's mark");
  const length = Buffer.from(fixed).readUInt32LE(LAYER_MARK.length);
  if (length === 0 || length > MAX_LAYER_ENVELOPE_BYTES) throw new StepppsError("E_LAYER", `an envelope of ${length} bytes`);
  return { envelope: await readWhole(source, FIXED_BYTES, length, signal), bodyAt: bodyAt(length) };
}

function bodyAt(envelopeBytes: number): number {
  return Math.ceil((FIXED_BYTES + envelopeBytes) / BLOCK) * BLOCK;
}

async function readWhole(
  source: Pick<ByteSource, "read">,
  at: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of source.read(at, length, signal)) pieces.push(piece);
  } catch (error) {
    // A source that ends too early takes everything for an image.
    if (error instanceof StepppsError && error.code === "E_IMAGE") throw new StepppsError("E_LAYER", error.detail);
    throw error;
  }
  return concat(pieces);
}
