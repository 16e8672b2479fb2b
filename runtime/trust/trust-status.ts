import type { Journal } from "../store/index.ts";
import type { Deployers } from "./deployers.ts";
import type { KeyId } from "./key.ts";
import { ROLES, type Role } from "./metadata/schema.ts";
import type { Trusted } from "./metadata/update.ts";
import { readStoredPackage, type SignedPlugin } from "./package.ts";

/** What the device trusts, for people to see. */
export interface TrustStatus {
  /** Ids of keys that may deploy now. */
  readonly deployers: readonly KeyId[];
  /** Owners of the device document that don't count, because there is a root. */
  readonly ignoredOwners: readonly KeyId[];
  readonly roles: readonly RoleStatus[];
  /** Why nothing can be deployed now. */
  readonly blocked?: { readonly code: string; readonly text: string };
  /** Lowest versions that may still come, by plugin. */
  readonly floors: Readonly<Record<string, string>>;
  /** At work, and signed by keys that may not deploy them any more. */
  readonly orphans: readonly Orphan[];
  /** ms since the epoch; `behind`: by how much the machine's clock is behind the newest signed time. */
  readonly time: { readonly now: number; readonly newest: number; readonly behind: number };
}

export interface RoleStatus {
  readonly role: Role;
  readonly version: number;
  /** ms since the epoch. */
  readonly expires: number;
  readonly expired: boolean;
  readonly keys: readonly KeyId[];
  readonly threshold: number;
}

export interface Orphan {
  readonly plugin: string;
  readonly version: string;
  readonly signers: readonly KeyId[];
}

/** What an update of the metadata changed. */
export interface TrustChange {
  readonly roles: readonly RoleStatus[];
  /** Ids of keys that may deploy from now on, and of those that no longer may. */
  readonly added: readonly KeyId[];
  readonly removed: readonly KeyId[];
  readonly orphans: readonly Orphan[];
}

/** The roles that the root names and whose files are here. */
export function roleStatus(trusted: Trusted, now: number): RoleStatus[] {
  return ROLES.flatMap((role) => {
    const meta = trusted[role]?.meta;
    const needed = trusted.root?.meta.roles[role];
    return meta && needed
      ? [{ role, version: meta.version, expires: meta.expires, expired: meta.expires <= now, ...needed }]
      : [];
  });
}

/** Plugins at work whose signers may not deploy them any more. One version in memory at a time: they may be large. */
export async function findOrphans(
  { journal, group }: { readonly journal: Journal; group(): string | undefined },
  deployers: Deployers,
): Promise<Orphan[]> {
  const orphans: Orphan[] = [];
  for (const { name, version } of await journal.read("plugin.all")) {
    const [row] = await journal.read("version.one", name, version);
    const signed = row && readable(row.envelope);
    if (signed && !deployers.mayStill(signed.signers, signed.manifest, group())) {
      orphans.push({ plugin: name, version, signers: signed.signers });
    }
  }
  return orphans;
}

/** What can't be read can't be started either, which is reported where that is tried. */
function readable(envelope: Uint8Array): SignedPlugin | undefined {
  try {
    return readStoredPackage(envelope);
  } catch {
    return undefined;
  }
}
