import { Manifest, PLUGIN_CONTENT_TYPE, type PluginPackage, parse, StepppsError } from "../contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../platform/index.ts";
import { MAX_ENVELOPE_BYTES, openEnvelope, readEnvelope, sealEnvelope } from "./envelope.ts";
import type { KeyId, KeyPair, PublicKey } from "./key.ts";

export { PLUGIN_CONTENT_TYPE };

/** "\0asm" and version 1: where a core module begins. */
const WASM_PREAMBLE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

export interface SignedPlugin {
  readonly manifest: Manifest;
  /** A view of the envelope, not a copy. */
  readonly wasm: Uint8Array;
  readonly signer: KeyId;
  /** All of the keys asked for that signed it, rising by id. */
  readonly signers: readonly KeyId[];
  /** SHA-256 of the envelope, in hex. */
  readonly id: string;
}

/** The envelope that deploys `pkg` to every device that has this owner. Throws E_SCHEMA, E_PACKAGE, E_ENVELOPE_SIZE for what no device would take. */
export function signPackage(pkg: PluginPackage, keys: KeyPair): Uint8Array {
  parse(Manifest, pkg.manifest);
  if (!isModule(pkg.wasm)) throw new StepppsError("E_PACKAGE", "no WebAssembly module");
  const payload = encodeCbor(fromPlain({ type: pkg.type, manifest: pkg.manifest, wasm: pkg.wasm }));
  const envelope = sealEnvelope(payload, PLUGIN_CONTENT_TYPE, keys);
  if (envelope.length > MAX_ENVELOPE_BYTES)
    throw new StepppsError("E_ENVELOPE_SIZE", `${envelope.length} bytes, at most ${MAX_ENVELOPE_BYTES}`);
  return envelope;
}

/** What an owner signed, parsed; throws as openEnvelope does, or E_PACKAGE. Nothing is read before the signatures hold. */
export function openPackage(envelope: Uint8Array, owners: readonly PublicKey[]): SignedPlugin {
  const { payload, signer, signers, id } = openEnvelope(envelope, owners, { contentType: PLUGIN_CONTENT_TYPE });
  return { ...parsePayload(payload), signer, signers, id };
}

/**
 * What an envelope holds that was verified when it came, and has lain in the journal since; whose key signed it is said, not judged.
 * Throws as readEnvelope does, or E_PACKAGE.
 */
export function readStoredPackage(envelope: Uint8Array): SignedPlugin {
  const { payload, pairs, id } = readEnvelope(envelope, { contentType: PLUGIN_CONTENT_TYPE });
  const signers = pairs.map(({ keyId }) => keyId);
  return { ...parsePayload(payload), signer: signers[0] as KeyId, signers, id };
}

function parsePayload(payload: Uint8Array): { manifest: Manifest; wasm: Uint8Array } {
  const { type, manifest, wasm, ...rest } = decodeFields(payload);
  if (type !== "plugin" || Object.keys(rest).length > 0) throw new StepppsError("E_PACKAGE", "not a plugin's package");
  if (!isModule(wasm)) throw new StepppsError("E_PACKAGE", "no WebAssembly module");
  return { manifest: parse(Manifest, manifest, "E_PACKAGE"), wasm };
}

function decodeFields(payload: Uint8Array): Record<string, unknown> {
  try {
    const fields = toPlain(decodeCbor(payload));
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) return fields as Record<string, unknown>;
  } catch (cause) {
    throw new StepppsError("E_PACKAGE", cause instanceof StepppsError ? cause.detail : "", { cause });
  }
  throw new StepppsError("E_PACKAGE", "not a map");
}

function isModule(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && WASM_PREAMBLE.every((byte, i) => value[i] === byte);
}
