import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { StepppsError } from "../contract/index.ts";
import { type Cbor, type CborMap, CborTagged, decodeCbor, encodeCbor } from "./cbor.ts";
import type { KeyId, KeyPair, PublicKey } from "./key.ts";

/**
 * One signed envelope for everything a device is told to trust: COSE_Sign (RFC 9052, 4.1).
 *
 *   98( [ protected  << {3: content type} >>,
 *         unprotected {},                                  empty: nothing in an envelope is unsigned
 *         payload,
 *         [ [ << {1: -19, 4: key id} >>, {}, Ed25519 ],    RFC 9864
 *           [ << {1: -49, 4: key id} >>, {}, ML-DSA-65 ]   RFC 9964
 *         ] ] )
 *
 * Each signature is over ["Signature", protected, its own protected, h'', payload] (4.4), made of the bytes that were
 * carried: they are never decoded and encoded again. Both must verify.
 */
const TAG = 98;
const HEADER = { algorithm: 1, critical: 2, contentType: 3, keyId: 4 } as const;
const ALGORITHMS = [
  { id: -19, half: "ed25519", bytes: 64 },
  { id: -49, half: "mldsa65", bytes: 3309 },
] as const;

export const MAX_ENVELOPE_BYTES = 8 * 1024 * 1024;
const KEY_ID_BYTES = 32;
const NOTHING = new Uint8Array(0);

export interface Opened {
  /** What was signed: a view of the envelope, not a copy. */
  readonly payload: Uint8Array;
  readonly signer: KeyId;
  /** SHA-256 of the whole envelope, in hex. */
  readonly id: string;
}

export interface OpenOptions {
  readonly contentType: string;
  /** Default 8 MiB. */
  readonly maxBytes?: number;
}

export function sealEnvelope(payload: Uint8Array, contentType: string, keys: KeyPair): Uint8Array {
  const body = encodeCbor(new Map([[HEADER.contentType, contentType]]));
  const keyId = Buffer.from(keys.public.id, "hex");
  const signatures = ALGORITHMS.map(({ id, half }): Cbor => {
    const header = encodeCbor(
      new Map<number, Cbor>([
        [HEADER.algorithm, id],
        [HEADER.keyId, keyId],
      ]),
    );
    return [header, new Map(), sign(null, toBeSigned(body, header, payload), keys[half])];
  });
  return encodeCbor(new CborTagged(TAG, [body, new Map(), payload, signatures]));
}

/**
 * The payload, when one of `owners` signed exactly these bytes with both algorithms.
 * Throws E_ENVELOPE_SIZE, _FORMAT, _CRITICAL, _ALGORITHM, _TYPE, _SIGNER or _SIGNATURE; the cheap checks come first.
 */
export function openEnvelope(bytes: Uint8Array, owners: readonly PublicKey[], options: OpenOptions): Opened {
  const maxBytes = options.maxBytes ?? MAX_ENVELOPE_BYTES;
  if (bytes.length > maxBytes) throw new StepppsError("E_ENVELOPE_SIZE", `${bytes.length} bytes, at most ${maxBytes}`);
  const envelope = parseEnvelope(bytes);
  if (envelope.contentType !== options.contentType) {
    throw new StepppsError("E_ENVELOPE_TYPE", `${JSON.stringify(envelope.contentType.slice(0, 80))}, not ${options.contentType}`);
  }
  const owner = owners.find((candidate) => candidate.id === envelope.keyId);
  if (!owner) throw new StepppsError("E_ENVELOPE_SIGNER", envelope.keyId);
  for (const [i, { half }] of ALGORITHMS.entries()) verifyOne(envelope, i, owner[half]);
  return { payload: envelope.payload, signer: owner.id, id: createHash("sha256").update(bytes).digest("hex") };
}

interface Envelope {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly payload: Uint8Array;
  readonly keyId: KeyId;
  /** In the order of ALGORITHMS. */
  readonly signatures: readonly Signature[];
}

interface Signature {
  readonly header: Uint8Array;
  readonly algorithm: number;
  readonly keyId: KeyId;
  readonly value: Uint8Array;
}

function parseEnvelope(bytes: Uint8Array): Envelope {
  const tagged = decode(bytes);
  if (!(tagged instanceof CborTagged) || tagged.tag !== TAG) throw malformed("no COSE_Sign tag");
  const [body, unprotected, payload, signatures] = list(tagged.value, 4);
  if (!isBytes(body) || !isEmptyMap(unprotected) || !isBytes(payload) || !Array.isArray(signatures))
    throw malformed("not a COSE_Sign");
  const contentType = header(body, [HEADER.contentType]).get(HEADER.contentType);
  if (typeof contentType !== "string") throw malformed("no content type");
  if (signatures.length !== ALGORITHMS.length) throw algorithms();
  const parsed = signatures.map(parseSignature);
  const [first, second] = parsed as [Signature, Signature];
  if (parsed.some(({ algorithm, value }, i) => algorithm !== ALGORITHMS[i]?.id || value.length !== ALGORITHMS[i]?.bytes)) {
    throw algorithms();
  }
  if (first.keyId !== second.keyId) throw malformed("the signatures name different keys");
  return { body, contentType, payload, keyId: first.keyId, signatures: parsed };
}

function parseSignature(value: Cbor): Signature {
  const [protectedHeader, unprotected, signature] = list(value, 3);
  if (!isBytes(protectedHeader) || !isEmptyMap(unprotected) || !isBytes(signature)) throw malformed("not a COSE_Signature");
  const fields = header(protectedHeader, [HEADER.algorithm, HEADER.keyId]);
  const algorithm = fields.get(HEADER.algorithm);
  const keyId = fields.get(HEADER.keyId);
  if (typeof algorithm !== "number") throw algorithms();
  if (!isBytes(keyId) || keyId.length !== KEY_ID_BYTES) throw malformed("no key id");
  return { header: protectedHeader, algorithm, keyId: Buffer.from(keyId).toString("hex"), value: signature };
}

/** A protected header with `known` fields only. Ours are all understood, so nothing needs to be listed as critical. */
function header(bytes: Uint8Array, known: readonly number[]): CborMap {
  const map = decode(bytes);
  if (!(map instanceof Map)) throw malformed("a protected header is not a map");
  if (map.has(HEADER.critical)) throw new StepppsError("E_ENVELOPE_CRITICAL");
  if ([...map.keys()].some((key) => !known.includes(key))) throw malformed("a header that is not used here");
  return map;
}

function verifyOne(envelope: Envelope, index: number, key: KeyObject): void {
  const { header: own, value } = envelope.signatures[index] as Signature;
  if (!verify(null, toBeSigned(envelope.body, own, envelope.payload), key, value)) {
    throw new StepppsError("E_ENVELOPE_SIGNATURE", ALGORITHMS[index]?.half);
  }
}

/** Sig_structure of RFC 9052, 4.4, without external data. */
function toBeSigned(body: Uint8Array, own: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(["Signature", body, own, NOTHING, payload]);
}

function decode(bytes: Uint8Array): Cbor {
  try {
    return decodeCbor(bytes);
  } catch (cause) {
    throw new StepppsError("E_ENVELOPE_FORMAT", cause instanceof StepppsError ? cause.detail : "", { cause });
  }
}

function list(value: Cbor, length: number): readonly Cbor[] {
  if (Array.isArray(value) && value.length === length) return value;
  throw malformed(`not an array of ${length}`);
}

function isBytes(value: Cbor | undefined): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isEmptyMap(value: Cbor | undefined): boolean {
  return value instanceof Map && value.size === 0;
}

function malformed(detail: string): StepppsError {
  return new StepppsError("E_ENVELOPE_FORMAT", detail);
}

function algorithms(): StepppsError {
  return new StepppsError("E_ENVELOPE_ALGORITHM");
}
