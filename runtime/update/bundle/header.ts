import { concat, equalBytes, StepppsError, utf8 } from "../../contract/index.ts";
import type { ByteSource } from "../source/byte-source.ts";

/**
 * Where a bundle begins. Integers are little endian:
 *
 *   0    8 bytes  "STPPIMG1"
 *   8    u32      length of the envelope, n
 *   12   n        the signed envelope: an ImageManifest with the index of all blocks
 *   12+n          the blocks, back to back, in the order of the index
 */
export interface BundleHeader {
  readonly envelope: Uint8Array;
  /** Where the blocks begin. */
  readonly bodyAt: number;
}

export const BUNDLE_MARK = utf8("STPPIMG1");
const FIXED_BYTES = BUNDLE_MARK.length + 4;

export function encodeHeader(envelope: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(envelope.length);
  return concat([BUNDLE_MARK, length, envelope]);
}

/** Throws E_IMAGE for what is no bundle, or one whose envelope has more than `maxBytes`; E_UPDATE_* as the source does. */
export async function readHeader(source: ByteSource, maxBytes: number, signal?: AbortSignal): Promise<BundleHeader> {
  const fixed = await readWhole(source, 0, FIXED_BYTES, signal);
  if (!equalBytes(fixed.subarray(0, BUNDLE_MARK.length), BUNDLE_MARK)) throw new StepppsError("E_IMAGE", "no bundle's mark");
  const length = Buffer.from(fixed).readUInt32LE(BUNDLE_MARK.length);
  if (length === 0 || length > maxBytes) throw new StepppsError("E_IMAGE", `an envelope of ${length} bytes`);
  return { envelope: await readWhole(source, FIXED_BYTES, length, signal), bodyAt: bodyAt(length) };
}

/** Where the blocks begin behind an envelope of that length. */
export function bodyAt(envelopeBytes: number): number {
  return FIXED_BYTES + envelopeBytes;
}

async function readWhole(source: ByteSource, at: number, length: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.read(at, length, signal)) pieces.push(piece);
  return concat(pieces);
}
