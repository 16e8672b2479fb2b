import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { StepppsError } from "../../contract/index.ts";
import type { PublicKey } from "../key.ts";
import { type MetadataFile, verifyRole } from "./file.ts";
import { type FileOf, ROLES, type Role, type RoleKeys } from "./schema.ts";

/** The newest file of each role that this device has verified, and what is left of those that a new root dropped. */
export type Trusted = { readonly [R in Role]?: MetadataFile<R> } & { readonly dropped?: Dropped };

/**
 * By role: the highest version that was dropped, and when the root was signed that dropped it last, ms since the epoch. What comes
 * after is either higher or signed later than that root: old files don't come back, and a revoked key that gave its last file the
 * highest version of all stops nobody.
 */
export type Dropped = { readonly [R in Role]?: { readonly version: number; readonly time: number } };

/** What a device trusts before it has seen a root: its owners, any one of them. */
export interface Anchor {
  readonly keys: readonly PublicKey[];
}

/** What a role needs and the keys to look it up in, by the newest root. */
export interface Ring {
  readonly keys: readonly PublicKey[];
  needed(role: Role): RoleKeys | undefined;
}

function ringOf(root: MetadataFile<"root">): Ring {
  return { keys: root.keys, needed: (role) => root.meta.roles[role] };
}

/**
 * Walks `offered` roots from the trusted one on, each the very next version, each signed by enough keys of the one before it and
 * enough of its own (TUF 5.3.4 to 5.3.6). Older ones are passed over. Where no root is trusted yet, the first has to be signed by
 * an owner: owners are a root of version 0, of which any one key is enough.
 */
export async function walkRoots(trusted: Trusted, offered: readonly MetadataFile<"root">[], anchor: Anchor): Promise<Trusted> {
  let current = trusted;
  for (const next of [...offered].sort((a, b) => a.meta.version - b.meta.version)) {
    const version = current.root?.meta.version ?? 0;
    if (next.meta.version <= version) {
      // The same version with another content would be two histories of one root.
      if (current.root && next.meta.version === version && !samePayload(current.root, next)) {
        throw new StepppsError("E_TRUST_CHAIN", `another root ${version} than the trusted one`);
      }
      continue;
    }
    if (next.meta.version !== version + 1) {
      throw new StepppsError("E_TRUST_CHAIN", `root ${next.meta.version} after ${version}`);
    }
    verifyByOld(next, current.root, anchor);
    verifyRole(next, next.meta.roles.root, next.keys);
    current = pruned({ ...current, root: next }, current.root);
    // Each costs some ms; messages are handled between them.
    await setImmediate();
  }
  return current;
}

function verifyByOld(next: MetadataFile<"root">, old: MetadataFile<"root"> | undefined, anchor: Anchor): void {
  const keys = old ? old.keys : anchor.keys;
  const needed = old ? old.meta.roles.root : { keys: keys.map(({ id }) => id), threshold: 1 };
  verifyRole(next, needed, keys);
}

/**
 * What still counts under a new root. New keys of timestamp or snapshot drop both files, so that a fast-forward attack with the
 * old keys can be recovered from (TUF 5.3.11); a file that the new root's keys did not sign is dropped too: a revoked key's word
 * does not outlive it.
 */
function pruned(trusted: Trusted, old: MetadataFile<"root"> | undefined): Trusted {
  const root = trusted.root as MetadataFile<"root">;
  const rotated = (["timestamp", "snapshot"] as const).some((role) => !sameKeys(old?.meta.roles[role], root.meta.roles[role]));
  const ring = ringOf(root);
  const kept: Record<string, MetadataFile> = { root };
  const dropped: { -readonly [R in Role]?: Dropped[R] } = { ...trusted.dropped };
  for (const role of ROLES) {
    const file = trusted[role];
    if (role === "root" || !file || (rotated && (role === "timestamp" || role === "snapshot"))) continue;
    const needed = ring.needed(role);
    if (needed && holds(file, needed, ring.keys)) kept[role] = file;
    else dropped[role] = { version: Math.max(file.meta.version, dropped[role]?.version ?? 0), time: root.meta.time };
  }
  return { ...kept, dropped } as Trusted;
}

/**
 * The roles below the root, in the order of TUF 5.4 to 5.6: timestamp, snapshot, then targets and policy, each checked against the
 * one before it and against what is trusted already. All of them count, or none.
 */
export function takeRoles(trusted: Trusted, offered: Trusted, now: number): Trusted {
  if (!trusted.root) throw new StepppsError("E_TRUST_INCOMPLETE", "no root is trusted here");
  const ring = ringOf(trusted.root);
  const next: { -readonly [K in keyof Trusted]: Trusted[K] } = { ...trusted };
  const take = <R extends Exclude<Role, "root">>(role: R, file: MetadataFile<R>) => {
    const needed = ring.needed(role);
    if (!needed) throw new StepppsError("E_TRUST_MISMATCH", `the root names nobody for ${role}`);
    verifyRole(file, needed, ring.keys);
    const before = trusted[role]?.meta.version ?? 0;
    // TUF 5.4.3.1, 5.5.5: versions never go down.
    if (file.meta.version < before) throw new StepppsError("E_TRUST_ROLLBACK", `${role} ${file.meta.version} after ${before}`);
    if (file.meta.version === before && !samePayload(file, trusted[role] as MetadataFile<R>)) {
      throw new StepppsError("E_TRUST_ROLLBACK", `another ${role} ${before} than the trusted one`);
    }
    const dropped = trusted.dropped?.[role];
    if (dropped && file.meta.version <= dropped.version && file.meta.time < dropped.time) {
      throw new StepppsError("E_TRUST_ROLLBACK", `${role} ${file.meta.version} after ${dropped.version}, whose key was revoked`);
    }
    // 5.4.4, 5.5.6, 5.6.5: a freeze attack ends when what is shown again and again expires.
    if (file.meta.expires <= now) throw expired(role, file.meta.expires);
    (next as Record<Role, MetadataFile>)[role] = file;
  };
  if (offered.timestamp) take("timestamp", offered.timestamp);
  if (offered.snapshot) take("snapshot", offered.snapshot);
  if (offered.targets) take("targets", offered.targets);
  if (offered.policy) take("policy", offered.policy);
  for (const role of ROLES) {
    if (ring.needed(role) && !next[role]) throw new StepppsError("E_TRUST_INCOMPLETE", role);
  }
  checkTogether(next, trusted);
  return next;
}

/** That the files name each other (TUF 5.5.2, 5.5.4, 5.6.2, 5.6.4), and nothing that was listed went away or back (5.4.3.2, 5.5.5). */
function checkTogether(next: Trusted, before: Trusted): void {
  const { timestamp, snapshot, targets, policy, root } = next;
  if (timestamp && before.timestamp && timestamp.meta.snapshot.version < before.timestamp.meta.snapshot.version) {
    throw new StepppsError("E_TRUST_ROLLBACK", "the timestamp names an older snapshot than the one before");
  }
  if (snapshot && before.snapshot) {
    for (const [name, file] of Object.entries(before.snapshot.meta.files) as ["targets" | "policy", FileOf][]) {
      const now = snapshot.meta.files[name];
      if (!now || now.version < file.version) throw new StepppsError("E_TRUST_ROLLBACK", `the snapshot's ${name}`);
    }
  }
  if (timestamp && snapshot) checkNamed(snapshot, timestamp.meta.snapshot);
  if (snapshot && targets) checkNamed(targets, snapshot.meta.files.targets);
  if (snapshot && policy && root?.meta.roles.policy) {
    if (!snapshot.meta.files.policy) throw new StepppsError("E_TRUST_MISMATCH", "the snapshot names no policy");
    checkNamed(policy, snapshot.meta.files.policy);
  }
}

function checkNamed(file: MetadataFile, named: FileOf): void {
  const sha256 = createHash("sha256").update(file.bytes).digest();
  if (file.meta.version !== named.version || file.bytes.length !== named.length || !sha256.equals(named.sha256)) {
    throw new StepppsError("E_TRUST_MISMATCH", `${file.role} ${file.meta.version} is not the one that is named`);
  }
}

/** Throws E_TRUST_INCOMPLETE or E_TRUST_EXPIRED unless everything that the root asks for is here and holds at `now`. */
export function checkComplete({ root, ...rest }: Trusted, now: number): void {
  if (!root) return;
  for (const role of ROLES) {
    if (!root.meta.roles[role]) continue;
    const file = role === "root" ? root : rest[role];
    if (!file) throw new StepppsError("E_TRUST_INCOMPLETE", role);
    if (file.meta.expires <= now) throw expired(role, file.meta.expires);
  }
}

function expired(role: Role, expires: number): StepppsError {
  return new StepppsError("E_TRUST_EXPIRED", `${role}, at ${new Date(expires).toISOString()}`);
}

function holds(file: MetadataFile, needed: RoleKeys, keys: readonly PublicKey[]): boolean {
  try {
    verifyRole(file, needed, keys);
    return true;
  } catch {
    return false;
  }
}

function sameKeys(a: RoleKeys | undefined, b: RoleKeys | undefined): boolean {
  const text = (needed: RoleKeys | undefined) => needed && [needed.threshold, ...[...needed.keys].sort()].join();
  return text(a) === text(b);
}

function samePayload(a: MetadataFile, b: MetadataFile): boolean {
  return Buffer.from(a.envelope.payload).equals(b.envelope.payload);
}
