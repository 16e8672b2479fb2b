import type { Static } from "typebox";
import { PluginName } from "./manifest.ts";
import { Type } from "./type.ts";

const closed = { additionalProperties: false } as const;
const Port = Type.Integer({ minimum: 0, maximum: 65_535 });

/** One plugin's part of the document: its settings by the names of its `@config` fields. */
export const PluginSettings = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean()),
    config: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
  },
  closed,
);
export type PluginSettings = Static<typeof PluginSettings>;

/** `steppps.yaml`: the one file a person edits. Every field has a default; an empty file is a valid document. */
export const DeviceDocument = Type.Object(
  {
    name: Type.Optional(
      Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$", description: "The device's name in topics and on the network" }),
    ),
    owners: Type.Optional(
      Type.Array(Type.String({ pattern: "^steppps-key:[A-Za-z0-9_-]{20,6000}$" }), {
        maxItems: 16,
        description: "Public keys whose plugins this device runs",
      }),
    ),
    mqtt: Type.Optional(
      Type.Object(
        {
          port: Type.Optional(Port),
          broker: Type.Optional(
            Type.String({ pattern: "^mqtts?://", description: "Use this MQTT 5 or 3.1.1 broker in place of the embedded one" }),
          ),
        },
        closed,
      ),
    ),
    web: Type.Optional(Type.Object({ port: Type.Optional(Port) }, closed)),
    timezone: Type.Optional(Type.String({ maxLength: 64, description: "IANA name, for cron handlers; UTC where absent" })),
    plugins: Type.Optional(Type.Record(PluginName, PluginSettings, closed)),
  },
  closed,
);
export type DeviceDocument = Static<typeof DeviceDocument>;
