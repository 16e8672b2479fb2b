import { parse, StepppsError } from "../../contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../../platform/index.ts";
import { readEnvelope, sealEnvelope, type UnverifiedEnvelope, verifySigners } from "../envelope.ts";
import { type KeyId, type KeyPair, type PublicKey, parsePublicKey } from "../key.ts";
import { contentTypeOf, type Metadata, type Role, type RoleKeys, SCHEMAS } from "./schema.ts";

/** No role's file is larger; a root with 64 keys and 16 signers has 220 KB. */
const MAX_METADATA_BYTES = 1024 * 1024;
const SHA256_BYTES = 32;

/** A metadata file as it came, and what it says. Whether its signatures count is told by `verifyRole`. */
export interface MetadataFile<R extends Role = Role> {
  readonly role: R;
  readonly meta: Metadata[R];
  /** The keys in it: of a root or a policy. */
  readonly keys: readonly PublicKey[];
  readonly bytes: Uint8Array;
  readonly envelope: UnverifiedEnvelope;
}

export function sealMetadata<R extends Role>(role: R, meta: Metadata[R], keys: KeyPair | readonly KeyPair[]): Uint8Array {
  check(role, meta);
  if (meta.type === "root") checkRoot(meta, parseKeys(role, meta.keys));
  return sealEnvelope(encodeCbor(fromPlain(meta)), contentTypeOf(role), keys);
}

/** Reads a file of `role`, whoever signed it. Throws E_ENVELOPE_* or E_TRUST_METADATA. */
export function readMetadata<R extends Role>(role: R, bytes: Uint8Array): MetadataFile<R> {
  const envelope = readEnvelope(bytes, { contentType: contentTypeOf(role), maxBytes: MAX_METADATA_BYTES });
  const meta = check(role, plain(envelope.payload));
  const keys = "keys" in meta ? parseKeys(role, meta.keys) : [];
  if (meta.type === "root") checkRoot(meta, keys);
  return { role, meta, keys, bytes, envelope };
}

/**
 * The ids that signed `file`, when they are as many as `needed` says (TUF 5.3.4: of unique keys). Throws E_TRUST_THRESHOLD, or
 * E_ENVELOPE_SIGNATURE when a key that counts is named and its signature does not hold.
 */
export function verifyRole(file: MetadataFile, needed: RoleKeys, keys: readonly PublicKey[]): KeyId[] {
  const allowed = keys.filter(({ id }) => needed.keys.includes(id));
  const signers = verifySigners(file.envelope, allowed);
  if (signers.length < needed.threshold) {
    throw new StepppsError("E_TRUST_THRESHOLD", `${file.role} ${file.meta.version}: ${signers.length} of ${needed.threshold}`);
  }
  return signers;
}

function plain(payload: Uint8Array): unknown {
  try {
    return toPlain(decodeCbor(payload));
  } catch (cause) {
    throw new StepppsError("E_TRUST_METADATA", cause instanceof StepppsError ? cause.detail : "", { cause });
  }
}

/** The schema, and what a schema can't say. */
function check<R extends Role>(role: R, value: unknown): Metadata[R] {
  const meta = parse(SCHEMAS[role], value, "E_TRUST_METADATA") as Metadata[Role];
  if (meta.expires <= meta.time) throw wrong(role, "it expires before it is signed");
  switch (meta.type) {
    case "targets":
      for (const { sha256 } of Object.values(meta.components)) checkHash(role, sha256);
      break;
    case "snapshot":
      checkHash(role, meta.files.targets.sha256);
      if (meta.files.policy) checkHash(role, meta.files.policy.sha256);
      break;
    case "timestamp":
      checkHash(role, meta.snapshot.sha256);
  }
  return meta as Metadata[R];
}

function checkRoot({ roles }: Metadata["root"], keys: readonly PublicKey[]): void {
  const ids = new Set(keys.map(({ id }) => id));
  for (const [name, needed] of Object.entries(roles) as [string, RoleKeys][]) {
    if (new Set(needed.keys).size !== needed.keys.length) throw wrong("root", `${name} names a key twice`);
    if (needed.keys.some((id) => !ids.has(id))) throw wrong("root", `${name} names a key that is not there`);
    if (needed.threshold > needed.keys.length) throw wrong("root", `${name} needs more keys than it has`);
  }
  const { targets, snapshot, timestamp } = roles;
  if ([targets, snapshot, timestamp].some(Boolean) && !(targets && snapshot && timestamp)) {
    throw wrong("root", "targets, snapshot and timestamp come together");
  }
}

/** Throws E_TRUST_METADATA where a key can't be read or is there twice. */
function parseKeys(role: Role, lines: readonly string[]): PublicKey[] {
  try {
    const keys = lines.map(parsePublicKey);
    if (new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
  } catch (cause) {
    throw new StepppsError("E_TRUST_METADATA", `${role}: a key that cannot be read`, { cause });
  }
  throw wrong(role, "a key is there twice");
}

function checkHash(role: Role, value: unknown): void {
  if (!(value instanceof Uint8Array) || value.length !== SHA256_BYTES) throw wrong(role, "a hash that is none");
}

function wrong(role: Role, detail: string): StepppsError {
  return new StepppsError("E_TRUST_METADATA", `${role}: ${detail}`);
}
