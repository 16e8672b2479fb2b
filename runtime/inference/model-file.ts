import { concat, equalBytes, StepppsError, utf8 } from "../contract/index.ts";

/**
 * A model's file. Integers are little endian:
 *
 *   0    8 bytes  "STPPMDL1"
 *   8    u32      length of the envelope, n
 *   12   n        the signed envelope: a ModelManifest, with the SHA-256 of what follows
 *   …             zeros up to a multiple of 4,096, so that the rest can be mapped into memory
 *   …             the ONNX file
 */
export interface ModelFile {
  readonly envelope: Uint8Array;
  /** A view of the file, not a copy. Not yet compared with its hash. */
  readonly onnx: Uint8Array;
}

export const MODEL_MARK = utf8("STPPMDL1");
const FIXED_BYTES = MODEL_MARK.length + 4;
const PAGE = 4096;

export function encodeModelFile({ envelope, onnx }: ModelFile): Uint8Array {
  const head = new Uint8Array(onnxAt(envelope.length));
  head.set(MODEL_MARK);
  new DataView(head.buffer).setUint32(MODEL_MARK.length, envelope.length, true);
  head.set(envelope, FIXED_BYTES);
  return concat([head, onnx]);
}

/** Throws E_MODEL for what is no model's file. `maxEnvelopeBytes`: what is given to a verifier at most. */
export function splitModelFile(file: Uint8Array, maxEnvelopeBytes: number): ModelFile {
  if (file.length < FIXED_BYTES || !equalBytes(file.subarray(0, MODEL_MARK.length), MODEL_MARK)) throw bad("no model's mark");
  const length = new DataView(file.buffer, file.byteOffset).getUint32(MODEL_MARK.length, true);
  if (length === 0 || length > maxEnvelopeBytes) throw bad(`an envelope of ${length} bytes`);
  const from = onnxAt(length);
  if (from >= file.length) throw bad("cut short");
  return { envelope: file.subarray(FIXED_BYTES, FIXED_BYTES + length), onnx: file.subarray(from) };
}

function onnxAt(envelopeBytes: number): number {
  return Math.ceil((FIXED_BYTES + envelopeBytes) / PAGE) * PAGE;
}

function bad(detail: string): StepppsError {
  return new StepppsError("E_MODEL", detail);
}
