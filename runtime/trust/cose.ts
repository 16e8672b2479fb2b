import { type KeyObject, sign, verify } from "node:crypto";
import { StepppsError } from "../contract/index.ts";
import { type Cbor, type CborMap, CborTagged, decodeCbor, encodeCbor } from "../platform/index.ts";
import type { KeyId, KeyPair, PublicKey } from "./key.ts";

/**
 * The one form of everything that is signed: COSE_Sign (RFC 9052, 4.1), a pair of signatures for each key.
 *
 *   98( [ protected  << {3: content type} >>,
 *         unprotected {},                                  empty: nothing in an envelope is unsigned
 *         payload,
 *         [ [ << {1: -19, 4: key id} >>, {}, Ed25519 ],    RFC 9864
 *           [ << {1: -49, 4: key id} >>, {}, ML-DSA-65 ],  RFC 9964
 *           …                                              further keys, rising by id: one set of signatures has one encoding
 *         ] ] )
 *
 * Each signature is over ["Signature", protected, its own protected, h'', payload] (4.4), made of the bytes that were
 * carried: they are never decoded and encoded again. Both of a pair must verify.
 */
export interface CoseSign {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** A view of the envelope, not a copy. */
  readonly payload: Uint8Array;
  /** Rising by key id, each key once, at least one. */
  readonly pairs: readonly SignaturePair[];
}

/** One key's two signatures. */
export interface SignaturePair {
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

const TAG = 98;
const HEADER = { algorithm: 1, critical: 2, contentType: 3, keyId: 4 } as const;
const ALGORITHMS = [
  { id: -19, half: "ed25519", bytes: 64 },
  { id: -49, half: "mldsa65", bytes: 3309 },
] as const;
const KEY_ID_BYTES = 32;
/** More keys than any role has; bounds what an unknown sender makes us look at. */
const MAX_SIGNERS = 16;
const NOTHING = new Uint8Array(0);

export function signPair(contentType: string, payload: Uint8Array, keys: KeyPair): SignaturePair {
  const body = bodyHeader(contentType);
  const keyId = Buffer.from(keys.public.id, "hex");
  const signatures = ALGORITHMS.map(({ id, half }): Signature => {
    const header = encodeCbor(
      new Map<number, Cbor>([
        [HEADER.algorithm, id],
        [HEADER.keyId, keyId],
      ]),
    );
    return { header, algorithm: id, keyId: keys.public.id, value: sign(null, toBeSigned(body, header, payload), keys[half]) };
  });
  return { keyId: keys.public.id, signatures };
}

export function encodeCose(contentType: string, payload: Uint8Array, pairs: readonly SignaturePair[]): Uint8Array {
  const sorted = [...pairs].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
  const signatures = sorted.flatMap((pair) => pair.signatures.map(({ header, value }): Cbor => [header, new Map(), value]));
  return encodeCbor(new CborTagged(TAG, [bodyHeader(contentType), new Map(), payload, signatures]));
}

/** Throws E_ENVELOPE_FORMAT, _CRITICAL or _ALGORITHM. No signature is looked at. */
export function parseCose(bytes: Uint8Array): CoseSign {
  const tagged = decode(bytes);
  if (!(tagged instanceof CborTagged) || tagged.tag !== TAG) throw malformed("no COSE_Sign tag");
  const [body, unprotected, payload, signatures] = list(tagged.value, 4);
  if (!isBytes(body) || !isEmptyMap(unprotected) || !isBytes(payload) || !Array.isArray(signatures))
    throw malformed("not a COSE_Sign");
  const contentType = header(body, [HEADER.contentType]).get(HEADER.contentType);
  if (typeof contentType !== "string") throw malformed("no content type");
  const width = ALGORITHMS.length;
  if (signatures.length === 0 || signatures.length % width !== 0) throw algorithms();
  if (signatures.length > MAX_SIGNERS * width) throw malformed(`more than ${MAX_SIGNERS} signers`);
  const parsed = signatures.map(parseSignature);
  const pairs: SignaturePair[] = [];
  for (let at = 0; at < parsed.length; at += width) {
    const pair = parsed.slice(at, at + width) as [Signature, Signature];
    if (pair.some(({ algorithm, value }, i) => algorithm !== ALGORITHMS[i]?.id || value.length !== ALGORITHMS[i]?.bytes)) {
      throw algorithms();
    }
    const { keyId } = pair[0];
    if (keyId !== pair[1].keyId) throw malformed("the signatures of a pair name different keys");
    const before = pairs.at(-1)?.keyId;
    if (before !== undefined && before >= keyId) throw malformed("signers are out of order or there twice");
    pairs.push({ keyId, signatures: pair });
  }
  return { body, contentType, payload, pairs };
}

/** Throws E_ENVELOPE_SIGNATURE unless both signatures of `pair` hold. */
export function verifyPair(cose: CoseSign, pair: SignaturePair, key: PublicKey): void {
  for (const [i, { half }] of ALGORITHMS.entries()) verifyOne(cose, pair.signatures[i] as Signature, key[half], half);
}

function verifyOne(cose: CoseSign, { header, value }: Signature, key: KeyObject, half: string): void {
  if (!verify(null, toBeSigned(cose.body, header, cose.payload), key, value)) {
    throw new StepppsError("E_ENVELOPE_SIGNATURE", half);
  }
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

function bodyHeader(contentType: string): Uint8Array {
  return encodeCbor(new Map([[HEADER.contentType, contentType]]));
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
