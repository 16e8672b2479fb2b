import { LAYER_CONTENT_TYPE, LayerManifest, parse, StepppsError } from "../contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../platform/index.ts";
import { openEnvelope, readEnvelope, sealEnvelope } from "./envelope.ts";
import type { KeyId, KeyPair, PublicKey } from "./key.ts";

/** Signatures of some people and a manifest; there is no index of blocks in it. */
export const MAX_LAYER_ENVELOPE_BYTES = 256 * 1024;
const DIGEST_BYTES = 32;
const BLOCK = 4096;
const OPTIONS = { contentType: LAYER_CONTENT_TYPE, maxBytes: MAX_LAYER_ENVELOPE_BYTES } as const;

export interface SignedLayer {
  readonly manifest: LayerManifest;
  /** All of the keys asked for that signed it, rising by id. */
  readonly signers: readonly KeyId[];
  /** SHA-256 of the envelope, in hex. */
  readonly id: string;
}

/** The envelope of a layer. Throws E_LAYER for what no device would take. */
export function signLayer(manifest: LayerManifest, keys: KeyPair | readonly KeyPair[]): Uint8Array {
  return sealEnvelope(encodeCbor(fromPlain(check(manifest))), LAYER_CONTENT_TYPE, keys);
}

/** What an owner signed, parsed; throws as openEnvelope does, or E_LAYER. Nothing is read before the signatures hold. */
export function openLayer(envelope: Uint8Array, owners: readonly PublicKey[]): SignedLayer {
  const { payload, signers, id } = openEnvelope(envelope, owners, OPTIONS);
  return { manifest: parsePayload(payload), signers, id };
}

/** An envelope that was verified before and lies on this device's own disk, or is only to be looked at: whose keys signed it is not judged. */
export function readLayer(envelope: Uint8Array): SignedLayer {
  const { payload, pairs, id } = readEnvelope(envelope, OPTIONS);
  return { manifest: parsePayload(payload), signers: pairs.map(({ keyId }) => keyId), id };
}

function parsePayload(payload: Uint8Array): LayerManifest {
  let value: unknown;
  try {
    value = toPlain(decodeCbor(payload));
  } catch (cause) {
    throw new StepppsError("E_LAYER", cause instanceof StepppsError ? cause.detail : "", { cause });
  }
  return check(value);
}

function check(value: unknown): LayerManifest {
  const manifest = parse(LayerManifest, value, "E_LAYER");
  const { sha256, size, verity, health } = manifest;
  if (!(sha256 instanceof Uint8Array) || sha256.length !== DIGEST_BYTES) throw new StepppsError("E_LAYER", "no SHA-256");
  if (size % BLOCK !== 0) throw new StepppsError("E_LAYER", "its size is no whole blocks");
  if (verity.hashOffset !== verity.dataBlocks * BLOCK || verity.hashOffset >= size)
    throw new StepppsError("E_LAYER", "its hash tree is not behind its data");
  if (!health[0]?.startsWith("/")) throw new StepppsError("E_LAYER", "the program of its health check has no whole path");
  return manifest;
}
