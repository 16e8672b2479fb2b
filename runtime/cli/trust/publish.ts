import { StepppsError } from "../../contract/errors/index.ts";
import {
  composeSnapshot,
  composeTimestamp,
  type KeyPair,
  type Metadata,
  type Role,
  readMetadata,
  type Signers,
  sealMetadata,
  signersOf,
  type Validity,
} from "../../trust/index.ts";
import type { Invocation } from "../command.ts";
import type { TrustFolder } from "./folder.ts";
import { keysHere } from "./people.ts";

export type Place = Pick<Invocation, "env" | "cwd" | "data">;
type Below = Exclude<Role, "root">;

/** What signing needs to know: the folder, where keys are, and how long it shall hold. */
export interface Signing {
  readonly folder: TrustFolder;
  readonly place: Place;
  readonly validity: Validity;
}

/** A file that was written, and who still has to sign it. */
export interface Written {
  readonly role: Role;
  readonly version: number;
  readonly path: string;
  /** How many more keys have to sign. */
  readonly missing: number;
}

export function validity(now: number, days: string): Validity {
  const count = Number(days);
  if (!Number.isInteger(count) || count < 1 || count > 36_500)
    throw new StepppsError("E_CLI_OPTION", `--days ${days.slice(0, 20)}`);
  return { time: now, expires: now + count * 86_400_000 };
}

/** Signs the next version of a role with whoever of its signers is here. Throws E_TRUST_KEYS where none is. */
export function signNext<R extends Below>(
  role: R,
  fields: Omit<Metadata[R], "type" | "version" | "time" | "expires">,
  { folder, place, validity }: Signing,
): Written {
  const version = (folder.file(role)?.meta.version ?? 0) + 1;
  const meta = { type: role, version, ...validity, ...fields } as unknown as Metadata[R];
  return seal(role, meta, folder, place);
}

/** Snapshot and timestamp of what is in the folder now. Nothing where the root names nobody for them. */
export function stamp({ folder, place, validity }: Signing): Written[] {
  const { roles } = folder.root().meta;
  const targets = folder.file("targets");
  if (!roles.snapshot || !roles.timestamp || !targets) return [];
  const policy = roles.policy ? folder.file("policy") : undefined;
  const next = (role: Below) => (folder.file(role)?.meta.version ?? 0) + 1;
  const snapshot = seal("snapshot", composeSnapshot(next("snapshot"), targets, policy, validity), folder, place);
  const named = folder.file("snapshot");
  if (!named) throw new StepppsError("E_TRUST_FOLDER", "snapshot");
  return [snapshot, seal("timestamp", composeTimestamp(next("timestamp"), named, validity), folder, place)];
}

function seal<R extends Below>(role: R, meta: Metadata[R], folder: TrustFolder, place: Place): Written {
  const signers = signersOf(folder.root())[role];
  if (!signers) throw new StepppsError("E_TRUST_KEYS", `the root names nobody for ${role}`);
  const keys = here(role, signers, place);
  const path = folder.write(role, sealMetadata(role, meta, keys));
  return { role, version: meta.version, path, missing: Math.max(0, signers.threshold - keys.length) };
}

/** How many signatures `file` still needs, of those that `signers` may give. */
export function missing(bytes: Uint8Array, role: Role, signers: Signers): number {
  const ids = readMetadata(role, bytes).envelope.pairs.map(({ keyId }) => keyId);
  const counting = signers.keys.filter(({ id }) => ids.includes(id)).length;
  return Math.max(0, signers.threshold - counting);
}

export function here(role: Role, { keys }: Signers, place: Place): KeyPair[] {
  const found = keysHere(keys, place);
  if (found.length === 0) throw new StepppsError("E_TRUST_KEYS", `no key that signs ${role} is on this machine`);
  return found;
}

export function describeWritten(written: readonly Written[]): string {
  const lines = written.map(({ role, version, path, missing: more }) => {
    const wait = more > 0 ? ` · ${more} more ${more === 1 ? "signature" : "signatures"} needed: steppps trust sign ${path}` : "";
    return `${role} ${version} · ${path}${wait}`;
  });
  return lines.join("\n");
}
