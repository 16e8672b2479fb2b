import { createHash } from "node:crypto";
import { StepppsError } from "../contract/index.ts";
import { type CoseSign, encodeCose, parseCose, type SignaturePair, signPair, verifyPair } from "./cose.ts";
import type { KeyId, KeyPair, PublicKey } from "./key.ts";

export const MAX_ENVELOPE_BYTES = 8 * 1024 * 1024;

export interface Opened {
  /** What was signed: a view of the envelope, not a copy. */
  readonly payload: Uint8Array;
  /** The first, by id, of the keys that were asked for and signed it. */
  readonly signer: KeyId;
  /** All of them, rising by id. */
  readonly signers: readonly KeyId[];
  /** SHA-256 of the whole envelope, in hex. */
  readonly id: string;
}

export interface OpenOptions {
  readonly contentType: string;
  /** Default 8 MiB. */
  readonly maxBytes?: number;
}

/** An envelope whose signatures were not looked at. */
export interface UnverifiedEnvelope extends CoseSign {
  readonly id: string;
}

export function sealEnvelope(payload: Uint8Array, contentType: string, keys: KeyPair | readonly KeyPair[]): Uint8Array {
  const signers = "public" in keys ? [keys] : keys;
  return encodeCose(
    contentType,
    payload,
    signers.map((key) => signPair(contentType, payload, key)),
  );
}

/** The same envelope with `keys`' signatures too, so that several people can sign one after the other. */
export function addSignature(envelope: Uint8Array, keys: KeyPair): Uint8Array {
  const { contentType, payload, pairs } = parseCose(envelope);
  const others = pairs.filter(({ keyId }) => keyId !== keys.public.id);
  return encodeCose(contentType, payload, [...others, signPair(contentType, payload, keys)]);
}

/**
 * The payload, when at least one of `owners` signed exactly these bytes with both algorithms, and none of `owners` named in it did not.
 * Throws E_ENVELOPE_SIZE, _FORMAT, _CRITICAL, _ALGORITHM, _TYPE, _SIGNER or _SIGNATURE; the cheap checks come first.
 */
export function openEnvelope(bytes: Uint8Array, owners: readonly PublicKey[], options: OpenOptions): Opened {
  const envelope = readEnvelope(bytes, options);
  const signers = verifySigners(envelope, owners);
  const [signer] = signers;
  if (signer === undefined) throw new StepppsError("E_ENVELOPE_SIGNER", envelope.pairs.map(({ keyId }) => keyId).join(", "));
  return { payload: envelope.payload, signer, signers, id: envelope.id };
}

/** Its parts, with nothing said about who made it. Throws E_ENVELOPE_SIZE, _FORMAT, _CRITICAL, _ALGORITHM, _TYPE. */
export function readEnvelope(bytes: Uint8Array, { contentType, maxBytes = MAX_ENVELOPE_BYTES }: OpenOptions): UnverifiedEnvelope {
  if (bytes.length > maxBytes) throw new StepppsError("E_ENVELOPE_SIZE", `${bytes.length} bytes, at most ${maxBytes}`);
  const cose = parseCose(bytes);
  if (cose.contentType !== contentType) {
    throw new StepppsError("E_ENVELOPE_TYPE", `${JSON.stringify(cose.contentType.slice(0, 80))}, not ${contentType}`);
  }
  return { ...cose, id: createHash("sha256").update(bytes).digest("hex") };
}

/** Which of `keys` signed it, by rising id. Signatures of others are passed over; one of `keys` that does not hold throws E_ENVELOPE_SIGNATURE. */
export function verifySigners(envelope: CoseSign, keys: readonly PublicKey[]): KeyId[] {
  const known = (pair: SignaturePair) => keys.find((key) => key.id === pair.keyId);
  const signers: KeyId[] = [];
  for (const pair of envelope.pairs) {
    const key = known(pair);
    if (!key) continue;
    verifyPair(envelope, pair, key);
    signers.push(pair.keyId);
  }
  return signers;
}
