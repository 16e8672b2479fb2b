import { createHash } from "node:crypto";
import { StepppsError } from "../../contract/index.ts";
import { formatPublicKey, type KeyId, type PublicKey } from "../key.ts";
import type { MetadataFile } from "./file.ts";
import { type FileOf, ROLES, type Role, type Root, type Snapshot, type Timestamp } from "./schema.ts";

/** Who signs for a role, and how many of them it takes. */
export interface Signers {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

export type RootSigners = { readonly [R in Role]?: Signers } & { readonly root: Signers };

/** When it is signed and until when it holds, ms since the epoch. */
export interface Validity {
  readonly time: number;
  readonly expires: number;
}

export function composeRoot(version: number, signers: RootSigners, validity: Validity): Root {
  const named = ROLES.flatMap((role) => (signers[role] ? [[role, signers[role]] as const] : []));
  for (const [role, { keys, threshold }] of named) {
    if (threshold < 1 || keys.length < threshold) {
      throw new StepppsError("E_TRUST_KEYS", `${role}: ${threshold} of ${keys.length}`);
    }
  }
  const keys = new Map(named.flatMap(([, role]) => role.keys.map((key) => [key.id, key] as const)));
  const roles = Object.fromEntries(
    named.map(([role, { keys, threshold }]) => [role, { keys: keys.map(({ id }) => id).sort(), threshold }]),
  ) as Root["roles"];
  const lines = [...keys.values()].map(formatPublicKey).sort();
  return { type: "root", version, ...validity, keys: lines, roles };
}

/** Who signs by a root. */
export function signersOf({ meta: root, keys: held }: MetadataFile<"root">): RootSigners {
  const keys = new Map(held.map((key) => [key.id, key]));
  const resolve = (id: KeyId) => keys.get(id) as PublicKey;
  return Object.fromEntries(
    Object.entries(root.roles).map(([role, needed]) => [role, { keys: needed.keys.map(resolve), threshold: needed.threshold }]),
  ) as unknown as RootSigners;
}

/** The same without one key, wherever it is named. Throws E_TRUST_KEYS where too few would be left. */
export function withoutKey(signers: RootSigners, id: KeyId): RootSigners {
  return Object.fromEntries(
    Object.entries(signers).map(([role, { keys, threshold }]) => [
      role,
      { keys: keys.filter((key) => key.id !== id), threshold },
    ]),
  ) as unknown as RootSigners;
}

/** Which targets and which policy belong together. */
export function composeSnapshot(
  version: number,
  targets: MetadataFile<"targets">,
  policy: MetadataFile<"policy"> | undefined,
  validity: Validity,
): Snapshot {
  return {
    type: "snapshot",
    version,
    ...validity,
    files: { targets: fileOf(targets), ...(policy && { policy: fileOf(policy) }) },
  };
}

export function composeTimestamp(version: number, snapshot: MetadataFile<"snapshot">, validity: Validity): Timestamp {
  return { type: "timestamp", version, ...validity, snapshot: fileOf(snapshot) };
}

/** How one file names another: its version, and the very bytes. */
function fileOf({ meta, bytes }: MetadataFile): FileOf {
  return { version: meta.version, sha256: sha256(bytes), length: bytes.length };
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(bytes).digest());
}
