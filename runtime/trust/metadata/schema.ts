import type { Static } from "typebox";
import { RPC_METHODS, type RpcMethod, Version } from "../../contract/index.ts";
import { Type } from "../../contract/type.ts";

const closed = { additionalProperties: false } as const;

/** Who speaks for what, as The Update Framework has it (TUF 1.0.33, 2.1), and a policy beside them. */
export const ROLES = ["root", "targets", "snapshot", "timestamp", "policy"] as const;
export type Role = (typeof ROLES)[number];

export const contentTypeOf = (role: Role): string => `application/vnd.steppps.${role}+cbor`;

const KeyId = Type.String({ pattern: "^[0-9a-f]{64}$" });
const KeyLine = Type.String({ pattern: "^steppps-key:[A-Za-z0-9_-]{20,6000}$" });
const Count = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });
/** ms since the epoch. */
const Time = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
const Sha256 = Type.Unsafe<Uint8Array>({});
const Filters = Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1024 }), { maxItems: 64 }));
/** A name in which `*` stands for any part of it. */
const NamePattern = Type.String({ pattern: "^[a-z0-9*-]{1,64}$" });

/** What all of them say. `time`: when it was signed, by the signer's clock. */
const head = { version: Count, time: Time, expires: Time };

const RoleKeys = Type.Object({ keys: Type.Array(KeyId, { minItems: 1, maxItems: 16 }), threshold: Count }, closed);
export type RoleKeys = Static<typeof RoleKeys>;

/** The keys there are, and how many of which each role needs (TUF 4.3). */
export const Root = Type.Object(
  {
    type: Type.Literal("root"),
    ...head,
    keys: Type.Array(KeyLine, { minItems: 1, maxItems: 64 }),
    roles: Type.Object(
      {
        root: RoleKeys,
        targets: Type.Optional(RoleKeys),
        snapshot: Type.Optional(RoleKeys),
        timestamp: Type.Optional(RoleKeys),
        policy: Type.Optional(RoleKeys),
      },
      closed,
    ),
  },
  closed,
);
export type Root = Static<typeof Root>;

/** A signed file: its SHA-256 and its length, and the version that it says it is. */
const Component = Type.Object({ version: Version, sha256: Sha256, length: Count }, closed);
const FileOf = Type.Object({ version: Count, sha256: Sha256, length: Count }, closed);
export type FileOf = Static<typeof FileOf>;

/** Which plugins, images, layers and models there are, in which version and of which bytes (TUF 4.5). Names: target-names.ts. */
export const Targets = Type.Object(
  {
    type: Type.Literal("targets"),
    ...head,
    components: Type.Record(
      Type.String({ pattern: "^(plugin/[a-z]|image/[a-z0-9]|layer/[a-z]|model/[a-z])[a-z0-9-]{0,62}$" }),
      Component,
      closed,
    ),
  },
  closed,
);
export type Targets = Static<typeof Targets>;

/** Which targets and which policy belong together (TUF 4.4). */
export const Snapshot = Type.Object(
  {
    type: Type.Literal("snapshot"),
    ...head,
    files: Type.Object({ targets: FileOf, policy: Type.Optional(FileOf) }, closed),
  },
  closed,
);
export type Snapshot = Static<typeof Snapshot>;

/** Which snapshot is the newest (TUF 4.6). */
export const Timestamp = Type.Object({ type: Type.Literal("timestamp"), ...head, snapshot: FileOf }, closed);
export type Timestamp = Static<typeof Timestamp>;

/** What some keys may do. What a rule does not name it does not bound, but for `methods`, `images`, `layers` and `models`: none where absent. */
export const PolicyRule = Type.Object(
  {
    /** Ids of keys of the policy or the root. */
    keys: Type.Array(KeyId, { minItems: 1, maxItems: 64 }),
    groups: Type.Optional(Type.Array(NamePattern, { minItems: 1, maxItems: 64 })),
    plugins: Type.Array(NamePattern, { maxItems: 64 }),
    /** Boards whose images they may deploy. */
    images: Type.Optional(Type.Array(NamePattern, { maxItems: 64 })),
    /** Layers that they may deploy. */
    layers: Type.Optional(Type.Array(NamePattern, { maxItems: 64 })),
    /** Models that they may deploy. */
    models: Type.Optional(Type.Array(NamePattern, { maxItems: 64 })),
    publish: Filters,
    subscribe: Filters,
    /** Ceilings. */
    limits: Type.Optional(
      Type.Object(
        { memoryBytes: Type.Optional(Count), deadlineMs: Type.Optional(Count), effectBytes: Type.Optional(Count) },
        closed,
      ),
    ),
    /** Whether an update may ask for more than the version at work without a person's word; "ask" where absent. */
    growth: Type.Optional(Type.Enum(["ask", "allow"])),
    methods: Type.Optional(Type.Array(Type.Enum(Object.keys(RPC_METHODS) as RpcMethod[]), { maxItems: 64 })),
  },
  closed,
);
export type PolicyRule = Static<typeof PolicyRule>;

/** Which key may deploy what, with which capabilities, to which group of devices. */
export const Policy = Type.Object(
  {
    type: Type.Literal("policy"),
    ...head,
    keys: Type.Array(KeyLine, { maxItems: 64 }),
    rules: Type.Array(PolicyRule, { maxItems: 256 }),
  },
  closed,
);
export type Policy = Static<typeof Policy>;

export const SCHEMAS = { root: Root, targets: Targets, snapshot: Snapshot, timestamp: Timestamp, policy: Policy } as const;
export interface Metadata {
  readonly root: Root;
  readonly targets: Targets;
  readonly snapshot: Snapshot;
  readonly timestamp: Timestamp;
  readonly policy: Policy;
}
