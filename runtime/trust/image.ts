import { IMAGE_CONTENT_TYPE, ImageManifest, parse, StepppsError } from "../contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../platform/index.ts";
import { openEnvelope, readEnvelope, sealEnvelope } from "./envelope.ts";
import type { KeyId, KeyPair, PublicKey } from "./key.ts";

/** Index of some 100,000 blocks; an image has a few thousand. */
export const MAX_IMAGE_ENVELOPE_BYTES = 4 * 1024 * 1024;
const DIGEST_BYTES = 32;
const BLOCK_ENTRY_BYTES = 40;

export interface SignedImage {
  readonly manifest: ImageManifest;
  /** All of the keys asked for that signed it, rising by id. */
  readonly signers: readonly KeyId[];
  /** SHA-256 of the envelope, in hex. */
  readonly id: string;
}

/** The envelope of an image. Throws E_IMAGE for what no device would take. */
export function signImage(manifest: ImageManifest, keys: KeyPair | readonly KeyPair[]): Uint8Array {
  return sealEnvelope(encodeCbor(fromPlain(check(manifest))), IMAGE_CONTENT_TYPE, keys);
}

/** What an owner signed, parsed; throws as openEnvelope does, or E_IMAGE. Nothing is read before the signatures hold. */
export function openImage(envelope: Uint8Array, owners: readonly PublicKey[]): SignedImage {
  const options = { contentType: IMAGE_CONTENT_TYPE, maxBytes: MAX_IMAGE_ENVELOPE_BYTES };
  const { payload, signers, id } = openEnvelope(envelope, owners, options);
  return { manifest: parsePayload(payload), signers, id };
}

/** An envelope that was verified before and lies on this device's own disk, or is only to be looked at: whose keys signed it is not judged. */
export function readImage(envelope: Uint8Array): SignedImage {
  const { payload, pairs, id } = readEnvelope(envelope, { contentType: IMAGE_CONTENT_TYPE, maxBytes: MAX_IMAGE_ENVELOPE_BYTES });
  return { manifest: parsePayload(payload), signers: pairs.map(({ keyId }) => keyId), id };
}

function parsePayload(payload: Uint8Array): ImageManifest {
  let value: unknown;
  try {
    value = toPlain(decodeCbor(payload));
  } catch (cause) {
    throw new StepppsError("E_IMAGE", cause instanceof StepppsError ? cause.detail : "", { cause });
  }
  return check(value);
}

function check(value: unknown): ImageManifest {
  const manifest = parse(ImageManifest, value, "E_IMAGE");
  const names = manifest.parts.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw new StepppsError("E_IMAGE", "a part is there twice");
  if (!names.includes("root") || !names.includes("kernel")) throw new StepppsError("E_IMAGE", "no root or no kernel");
  for (const { name, sha256, blocks } of manifest.parts) {
    if (!(sha256 instanceof Uint8Array) || sha256.length !== DIGEST_BYTES)
      throw new StepppsError("E_IMAGE", `${name}: no SHA-256`);
    if (!(blocks instanceof Uint8Array) || blocks.length === 0 || blocks.length % BLOCK_ENTRY_BYTES !== 0) {
      throw new StepppsError("E_IMAGE", `${name}: no block index`);
    }
  }
  const { commandLine } = manifest;
  if (/[^ -~]/.test(commandLine) || !commandLine.split(" ").includes("steppps.slot={slot}")) {
    throw new StepppsError("E_IMAGE", "the command line is not one line of ASCII with steppps.slot={slot}");
  }
  return manifest;
}
