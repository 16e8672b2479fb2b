import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { StepppsError } from "../contract/index.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../platform/index.ts";

/** SHA-256 of a public key's CBOR, in hex. Names the signer in an envelope and in everything people see. */
export type KeyId = string;

/** An owner as others know it: both halves, because both must sign. */
export interface PublicKey {
  readonly id: KeyId;
  readonly ed25519: KeyObject;
  readonly mldsa65: KeyObject;
}

/** An owner's own keys. The private halves never leave the machine. */
export interface KeyPair {
  readonly public: PublicKey;
  readonly ed25519: KeyObject;
  readonly mldsa65: KeyObject;
}

export const KEY_PREFIX = "steppps-key:";
const ED25519_BYTES = 32;
const MLDSA65_BYTES = 1952;

export function generateKeys(): KeyPair {
  return keyPair(generateKeyPairSync("ed25519").privateKey, generateKeyPairSync("ml-dsa-65").privateKey);
}

/** Both private keys as one owner. */
export function keyPair(ed25519: KeyObject, mldsa65: KeyObject): KeyPair {
  const halves = { ed25519: createPublicKey(ed25519), mldsa65: createPublicKey(mldsa65) };
  return { public: { ...halves, id: keyId(halves) }, ed25519, mldsa65 };
}

/** One line for people to copy: `steppps-key:` and base64url of CBOR {"ed25519": bytes, "mldsa65": bytes}, about 2,650 characters. */
export function formatPublicKey(key: PublicKey): string {
  return KEY_PREFIX + Buffer.from(encodePublicKey(key)).toString("base64url");
}

/** Reads what formatPublicKey writes; throws E_KEY_FORMAT for anything else. */
export function parsePublicKey(line: string): PublicKey {
  const encoded = line.startsWith(KEY_PREFIX) ? line.slice(KEY_PREFIX.length) : "";
  const bytes = Buffer.from(encoded, "base64url");
  // Node skips what is not base64url: only the exact text of the bytes is taken.
  if (encoded === "" || bytes.toString("base64url") !== encoded) throw new StepppsError("E_KEY_FORMAT", "not a steppps-key line");
  try {
    const { ed25519, mldsa65 } = halves(decodeCbor(bytes));
    const keys = {
      ed25519: createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: base64url(ed25519) }, format: "jwk" }),
      mldsa65: createPublicKey({ key: { kty: "AKP", alg: "ML-DSA-65", pub: base64url(mldsa65) }, format: "jwk" }),
    };
    return { ...keys, id: keyId(keys) };
  } catch (cause) {
    throw new StepppsError("E_KEY_FORMAT", "the line is cut short or changed", { cause });
  }
}

function halves(value: Cbor): { ed25519: Uint8Array; mldsa65: Uint8Array } {
  if (value instanceof Map && value.size === 2) {
    const ed25519 = value.get("ed25519");
    const mldsa65 = value.get("mldsa65");
    if (
      ed25519 instanceof Uint8Array &&
      ed25519.length === ED25519_BYTES &&
      mldsa65 instanceof Uint8Array &&
      mldsa65.length === MLDSA65_BYTES
    ) {
      return { ed25519, mldsa65 };
    }
  }
  throw new StepppsError("E_KEY_FORMAT", "not an Ed25519 and an ML-DSA-65 key");
}

function encodePublicKey(key: Omit<PublicKey, "id">): Uint8Array {
  return encodeCbor(
    new Map([
      ["ed25519", rawJwkField(key.ed25519, "x")],
      ["mldsa65", rawJwkField(key.mldsa65, "pub")],
    ]),
  );
}

function keyId(key: Omit<PublicKey, "id">): KeyId {
  return createHash("sha256").update(encodePublicKey(key)).digest("hex");
}

function rawJwkField(key: KeyObject, field: "x" | "pub"): Uint8Array {
  const jwk = key.export({ format: "jwk" }) as Record<string, unknown>;
  return Buffer.from(jwk[field] as string, "base64url");
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
