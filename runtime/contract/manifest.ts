import type { Static } from "typebox";
import { ABI_VERSION } from "./abi.ts";
import { Type } from "./type.ts";

const closed = { additionalProperties: false } as const;

/** A plugin's name: one MQTT level, one file name, one word on a command line. */
export const PluginName = Type.String({ pattern: "^[a-z][a-z0-9-]{0,62}$" });
export const Version = Type.String({ pattern: "^\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}(-[0-9A-Za-z.-]{1,40})?$" });

/** A model's name, as plugins, topics and command lines have it. */
export const ModelName = Type.String({ pattern: "^[a-z][a-z0-9-]{0,62}$" });

/** A filter or topic in which {name} stands for the string field `name` of the plugin's settings. */
const Pattern = Type.String({ minLength: 1, maxLength: 1024 });
const Doc = Type.Optional(Type.String({ maxLength: 500 }));

/** What wakes a plugin. The position in the manifest's list is the handler's number in the ABI. */
export const Handler = Type.Union([
  Type.Object({ kind: Type.Literal("message"), filter: Pattern, method: Type.String() }, closed),
  Type.Object(
    { kind: Type.Literal("every"), period: Type.Integer({ minimum: 10, maximum: 31_536_000_000 }), method: Type.String() },
    closed,
  ),
  Type.Object(
    { kind: Type.Literal("cron"), expression: Type.String({ minLength: 1, maxLength: 200 }), method: Type.String() },
    closed,
  ),
  Type.Object(
    { kind: Type.Literal("timer"), name: Type.String({ minLength: 1, maxLength: 200 }), method: Type.String() },
    closed,
  ),
  Type.Object({ kind: Type.Literal("inference"), model: ModelName, method: Type.String() }, closed),
]);
export type Handler = Static<typeof Handler>;

const CONFIG_TYPES = ["string", "bool", "i32", "i64", "f64"] as const;

/** A field that the device document may set; checked before the plugin sees it. Durations are strings in the document, ms (i64) in the guest. */
export const ConfigField = Type.Object(
  {
    name: Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,62}$" }),
    type: Type.Enum([...CONFIG_TYPES, "duration"]),
    default: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    min: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
    doc: Doc,
  },
  closed,
);
export type ConfigField = Static<typeof ConfigField>;

const StateField = Type.Object({ name: Type.String(), type: Type.String() }, closed);

/** What the signed manifest allows; anything that isn't named is refused. Subscriptions follow from the handlers. */
const Capabilities = Type.Object(
  {
    publish: Type.Array(Pattern, { maxItems: 64 }),
    timers: Type.Boolean(),
    state: Type.Boolean(),
    /** Models that it may ask; none where absent. */
    infer: Type.Optional(Type.Array(ModelName, { maxItems: 32 })),
  },
  closed,
);
export type Capabilities = Static<typeof Capabilities>;

/** Bounds of one instance; the host's own ceilings apply on top. */
export const Limits = Type.Object(
  {
    memoryBytes: Type.Integer({ minimum: 65_536, maximum: 268_435_456 }),
    // A guest's start function runs on the event loop, and two guests that loop hold both of the threads.
    deadlineMs: Type.Integer({ minimum: 1, maximum: 1_000 }),
    // An effect is 16 bytes at least, and each becomes an object of the host's.
    effectBytes: Type.Integer({ minimum: 1024, maximum: 8_388_608 }),
  },
  closed,
);
export type Limits = Static<typeof Limits>;

export const DEFAULT_LIMITS: Limits = { memoryBytes: 16_777_216, deadlineMs: 100, effectBytes: 4_194_304 };

/** Everything the host knows of a plugin before it runs it. Written by the compiler from the code, then signed. */
export const Manifest = Type.Object(
  {
    abi: Type.Literal(ABI_VERSION),
    name: PluginName,
    version: Version,
    description: Doc,
    handlers: Type.Array(Handler, { minItems: 1, maxItems: 256 }),
    capabilities: Capabilities,
    config: Type.Array(ConfigField, { maxItems: 128 }),
    state: Type.Array(StateField, { maxItems: 256 }),
    /** It takes a `migrate` input when it follows another version. */
    migrates: Type.Optional(Type.Boolean()),
    limits: Limits,
    /** "memory": no journal, no replay, state lost with the process; for telemetry that is worth less than the wear. */
    durability: Type.Union([Type.Literal("durable"), Type.Literal("memory")]),
  },
  closed,
);
export type Manifest = Static<typeof Manifest>;

/** The signed content of a plugin's envelope. */
export const PluginPackage = Type.Object(
  { type: Type.Literal("plugin"), manifest: Manifest, wasm: Type.Unsafe<Uint8Array>({}) },
  closed,
);
export type PluginPackage = Static<typeof PluginPackage>;
