import { MODEL_CONTENT_TYPE, type ModelManifest, parseModelManifest, StepppsError } from "../contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../platform/index.ts";
import { openEnvelope, readEnvelope, sealEnvelope } from "./envelope.ts";
import type { KeyId, KeyPair, PublicKey } from "./key.ts";

/** A manifest, with golden vectors of a large image or two in it. */
export const MAX_MODEL_ENVELOPE_BYTES = 4 * 2 ** 20;
const OPTIONS = { contentType: MODEL_CONTENT_TYPE, maxBytes: MAX_MODEL_ENVELOPE_BYTES } as const;

export interface SignedModel {
  readonly manifest: ModelManifest;
  /** All of the keys asked for that signed it, rising by id. */
  readonly signers: readonly KeyId[];
  /** SHA-256 of the envelope, in hex. */
  readonly id: string;
}

/** The envelope of a model. Throws E_MODEL for what no device would take. */
export function signModel(manifest: ModelManifest, keys: KeyPair | readonly KeyPair[]): Uint8Array {
  const envelope = sealEnvelope(encodeCbor(fromPlain(parseModelManifest(manifest))), MODEL_CONTENT_TYPE, keys);
  if (envelope.length > MAX_MODEL_ENVELOPE_BYTES)
    throw new StepppsError("E_MODEL", `${envelope.length} bytes of manifest, at most ${MAX_MODEL_ENVELOPE_BYTES}`);
  return envelope;
}

/** What an owner signed, parsed; throws as openEnvelope does, or E_MODEL. Nothing is read before the signatures hold. */
export function openModel(envelope: Uint8Array, owners: readonly PublicKey[]): SignedModel {
  const { payload, signers, id } = openEnvelope(envelope, owners, OPTIONS);
  return { manifest: parsePayload(payload), signers, id };
}

/** An envelope that was verified before and lies on this device's own disk, or is only to be looked at: whose keys signed it is not judged. */
export function readModel(envelope: Uint8Array): SignedModel {
  const { payload, pairs, id } = readEnvelope(envelope, OPTIONS);
  return { manifest: parsePayload(payload), signers: pairs.map(({ keyId }) => keyId), id };
}

function parsePayload(payload: Uint8Array): ModelManifest {
  let value: unknown;
  try {
    value = toPlain(decodeCbor(payload));
  } catch (cause) {
    throw new StepppsError("E_MODEL", cause instanceof StepppsError ? cause.detail : "", { cause });
  }
  return parseModelManifest(value);
}
