import { composeRoot, type KeyPair, type RootSigners, sealMetadata, signersOf } from "../../trust/index.ts";
import { keysHere, namedKeys } from "./people.ts";
import { here, missing, type Signing, type Written } from "./publish.ts";

/** Whom the options of `init` and `rotate` name for which role. */
export interface RoleOptions {
  readonly root?: string;
  readonly targets?: string;
  readonly timestamp?: string;
  readonly policy?: string;
}

/** `signers` with those roles changed that the options name. Whoever signs the timestamp signs the snapshot too. */
export function withRoles(
  signers: Partial<RootSigners>,
  { root, targets, timestamp, policy }: RoleOptions,
  threshold: number | undefined,
  place: Signing["place"],
): RootSigners {
  const role = (list: string, before: { readonly threshold: number } | undefined, count?: number) => ({
    keys: namedKeys(list, place),
    threshold: count ?? before?.threshold ?? 1,
  });
  const stamps = timestamp ?? (signers.timestamp ? undefined : targets);
  const changed = {
    ...signers,
    ...(root && { root: role(root, signers.root, threshold) }),
    ...(targets && { targets: role(targets, signers.targets) }),
    ...(stamps && { snapshot: role(stamps, signers.snapshot), timestamp: role(stamps, signers.timestamp) }),
    ...(policy && { policy: role(policy, signers.policy) }),
  } as RootSigners;
  return threshold === undefined || root ? changed : { ...changed, root: { ...changed.root, threshold } };
}

/** Writes the next root, signed by its own keys and those of the root before that are here. `also`: owners of devices without a root. */
export function writeRoot(signers: RootSigners, { folder, place, validity }: Signing, also: readonly KeyPair[] = []): Written {
  const before = folder.roots().at(-1);
  const old = before && signersOf(before).root;
  const version = (before?.meta.version ?? 0) + 1;
  const meta = composeRoot(version, signers, validity);
  const keys = [...here("root", old ?? signers.root, place), ...keysHere(signers.root.keys, place), ...also];
  const distinct = [...new Map(keys.map((key) => [key.public.id, key])).values()];
  const bytes = sealMetadata("root", meta, distinct);
  const path = folder.write("root", bytes);
  const needed = [signers.root, ...(old ? [old] : [])];
  return { role: "root", version, path, missing: Math.max(...needed.map((each) => missing(bytes, "root", each))) };
}
