import {
  composeRoot,
  composeSnapshot,
  composeTimestamp,
  type KeyPair,
  type Metadata,
  type Policy,
  type Role,
  type RootSigners,
  readMetadata,
  sealMetadata,
  sha256,
  type Targets,
  type Validity,
} from "../../runtime/trust/index.ts";

const DAY = 86_400_000;

/** Key pairs of each role, and how many of them have to sign. */
export type Parties = { readonly [R in Role]?: readonly KeyPair[] } & { readonly root: readonly KeyPair[] };

/** People who sign for a device, on a laptop without any server. */
export class Signing {
  time: number;
  /** ms until what they sign expires. */
  lifetime = 30 * DAY;
  readonly versions: Record<Role, number> = { root: 0, targets: 0, snapshot: 0, timestamp: 0, policy: 0 };

  constructor(time: number) {
    this.time = time;
  }

  /** The next root. `by`: who signs it besides its own. */
  root(parties: Parties, threshold = 1, by: readonly KeyPair[] = []): Uint8Array {
    const signers = Object.fromEntries(
      Object.entries(parties).map(([role, keys]) => [
        role,
        { keys: keys.map((key) => key.public), threshold: role === "root" ? threshold : 1 },
      ]),
    ) as unknown as RootSigners;
    return sealMetadata("root", composeRoot(++this.versions.root, signers, this.validity()), distinct([...parties.root, ...by]));
  }

  targets(plugins: readonly { name: string; version: string; envelope: Uint8Array }[], by: readonly KeyPair[]): Uint8Array {
    const components: Targets["components"] = Object.fromEntries(
      plugins.map(({ name, version, envelope }) => [
        `plugin/${name}`,
        { version, sha256: sha256(envelope), length: envelope.length },
      ]),
    );
    return this.seal("targets", { components }, by);
  }

  policy(rules: Policy["rules"], keys: Policy["keys"], by: readonly KeyPair[]): Uint8Array {
    return this.seal("policy", { rules, keys }, by);
  }

  /** Snapshot and timestamp of these files. */
  stamped(
    targets: Uint8Array,
    policy: Uint8Array | undefined,
    by: readonly KeyPair[],
  ): [snapshot: Uint8Array, timestamp: Uint8Array] {
    const named = policy && readMetadata("policy", policy);
    const meta = composeSnapshot(++this.versions.snapshot, readMetadata("targets", targets), named, this.validity());
    const snapshot = sealMetadata("snapshot", meta, by);
    const stamp = composeTimestamp(++this.versions.timestamp, readMetadata("snapshot", snapshot), this.validity());
    return [snapshot, sealMetadata("timestamp", stamp, by)];
  }

  seal<R extends Role>(
    role: R,
    fields: Omit<Metadata[R], "type" | "version" | "time" | "expires">,
    by: readonly KeyPair[],
  ): Uint8Array {
    const meta = { type: role, version: ++this.versions[role], ...this.validity(), ...fields } as unknown as Metadata[R];
    return sealMetadata(role, meta, by);
  }

  validity(): Validity {
    return { time: this.time, expires: this.time + this.lifetime };
  }
}

function distinct(keys: readonly KeyPair[]): KeyPair[] {
  return [...new Map(keys.map((key) => [key.public.id, key])).values()];
}
