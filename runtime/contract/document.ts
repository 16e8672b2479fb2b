import type { Static } from "typebox";
import { InferenceStep } from "./inference-step.ts";
import { PluginName, Version } from "./manifest.ts";
import { Type } from "./type.ts";

const closed = { additionalProperties: false } as const;
const Port = Type.Integer({ minimum: 0, maximum: 65_535 });
const Filter = Type.String({ minLength: 1, maxLength: 1024 });
/** A file of the data directory. */
const file = (description?: string) =>
  Type.String({ pattern: "^(?!.*\\.\\.)[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}$", ...(description && { description }) });
/** As `steppps password` prints it; or plain, which is replaced by its hash in memory and reported. */
const Password = Type.String({ minLength: 8, maxLength: 500 });
const remoteUrl = (description?: string) =>
  Type.String({ pattern: "^mqtts?://", maxLength: 500, ...(description && { description }) });
const Listen = Type.Union([Type.Literal("loopback"), Type.Literal("all")]);

/** One plugin's part of the document: which one it is, and its settings by the names of its `@config` fields. */
export const PluginSettings = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ description: "false: it handles nothing; its inputs are not kept" })),
    package: Type.Optional(file("Signed file in the data directory that is deployed when it is newer")),
    /** The version that has to run; one that was here is put back. */
    version: Type.Optional(Version),
    config: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
    historyMegabytes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, description: "Inputs kept for replay; 8 where absent" }),
    ),
  },
  closed,
);
export type PluginSettings = Static<typeof PluginSettings>;

/** A client of the local broker that is a sensor, an app, or another machine. */
export const MqttUser = Type.Object(
  {
    /** Where absent, the user comes with a client certificate (`mqtt.tls.clientCa`) whose common name is the user's. */
    password: Type.Optional(Password),
    publish: Type.Optional(Type.Array(Filter, { maxItems: 64 })),
    subscribe: Type.Optional(Type.Array(Filter, { maxItems: 64 })),
    operator: Type.Optional(Type.Boolean({ description: "May also give the device's own commands" })),
  },
  closed,
);
export type MqttUser = Static<typeof MqttUser>;

/** How a broker elsewhere proves who it is, and how this device does. TLS 1.3 wherever the URL says mqtts:. */
const remote = {
  username: Type.Optional(Type.String({ maxLength: 200 })),
  password: Type.Optional(Password),
  passwordFile: Type.Optional(file()),
  ca: Type.Optional(file("PEM of the authority to trust in place of the public ones")),
  pin: Type.Optional(
    Type.String({ pattern: "^sha256/[A-Za-z0-9+/]{43}=$", description: "The one public key (SPKI) that the broker may have" }),
  ),
  certificate: Type.Optional(file("PEM to show the broker; the device's own key where `key` is absent")),
  key: Type.Optional(file()),
  postQuantum: Type.Optional(Type.Union([Type.Literal("preferred"), Type.Literal("required")])),
};

export const BridgeRule = Type.Object(
  {
    direction: Type.Union([Type.Literal("out"), Type.Literal("in"), Type.Literal("both")]),
    filter: Filter,
    /** Put before the topic there. */
    remotePrefix: Type.Optional(Type.String({ maxLength: 200 })),
    /** Put before the topic here. */
    localPrefix: Type.Optional(Type.String({ maxLength: 200 })),
    qos: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)])),
    /** What waits longest when there is no room: higher stays. */
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
  },
  closed,
);
export type BridgeRule = Static<typeof BridgeRule>;

/** A broker beyond this machine, beside the embedded one. */
export const Uplink = Type.Object(
  {
    url: remoteUrl(),
    ...remote,
    rules: Type.Optional(Type.Array(BridgeRule, { maxItems: 64 })),
    /** Deploys and commands also come over the uplink; off where false. */
    control: Type.Optional(Type.Boolean()),
    spillMegabytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  },
  closed,
);
export type Uplink = Static<typeof Uplink>;

const IPV4 = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}";
/** As far as a pattern goes: whether it is an address is checked where the document is read. */
const IPV6 = "[0-9a-fA-F:]{2,39}";
const Address = Type.String({ pattern: `^(${IPV4}|${IPV6})$`, description: "IPv4 or IPv6 address" });

/** One interface of the device; DHCP and IPv6 router advertisements where neither is said. */
export const InterfaceSettings = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean()),
    dhcp: Type.Optional(Type.Boolean({ description: "true where no address is given" })),
    addresses: Type.Optional(
      Type.Array(Type.String({ pattern: `^(${IPV4}/([12]?\\d|3[0-2])|${IPV6}/(\\d{1,2}|1[01]\\d|12[0-8]))$` }), {
        maxItems: 16,
        description: "Static, with the length of their prefix: 192.168.1.20/24",
      }),
    ),
    gateway: Type.Optional(Address),
  },
  closed,
);
export type InterfaceSettings = Static<typeof InterfaceSettings>;

/** One Wi-Fi network. What these fields may hold together is in `wifiFault`. */
export const WifiSettings = Type.Object(
  {
    password: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: "None: an open network; 64 hexadecimal digits: the key itself" }),
    ),
    security: Type.Optional(
      Type.Union([Type.Literal("wpa2"), Type.Literal("wpa3"), Type.Literal("wpa2-wpa3"), Type.Literal("open")], {
        description: "wpa2-wpa3 where there is a password",
      }),
    ),
    hidden: Type.Optional(Type.Boolean({ description: "true: it does not say its name, and is asked for by it" })),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 99, description: "Of those in reach the highest is taken" })),
  },
  closed,
);
export type WifiSettings = Static<typeof WifiSettings>;

/** How a device with an image of its own is on the network. A supervisor in a checkout leaves that to its machine. */
export const NetworkSettings = Type.Object(
  {
    interfaces: Type.Optional(
      Type.Record(Type.String({ pattern: "^([a-z][a-z0-9._-]{0,14}|([0-9a-f]{2}:){5}[0-9a-f]{2})$" }), InterfaceSettings, closed),
    ),
    dns: Type.Optional(Type.Array(Address, { maxItems: 3, description: "In place of those that DHCP names" })),
    ntp: Type.Optional(
      Type.Array(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$" }), {
        maxItems: 4,
        description: "Time servers; pool.ntp.org where absent, none where empty",
      }),
    ),
    wifi: Type.Optional(
      Type.Object(
        {
          country: Type.Optional(
            Type.String({ pattern: "^[A-Z]{2}$", description: "Whose radio rules hold: two letters of ISO 3166-1, such as DE" }),
          ),
          networks: Type.Optional(Type.Record(Type.String({ pattern: "^[^\\0]{1,32}$" }), WifiSettings, closed)),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type NetworkSettings = Static<typeof NetworkSettings>;
export type WifiNetworks = NonNullable<NetworkSettings["wifi"]>;

/** Copies a live system to another disk of the machine; `confirm` is what that disk says about itself. */
export const InstallSettings = Type.Object(
  {
    disk: Type.Optional(
      Type.String({ pattern: "^(/dev/)?[a-z][a-z0-9]{1,30}$", description: "Such as nvme0n1; all on it is lost" }),
    ),
    confirm: Type.Optional(
      Type.String({ maxLength: 128, description: "The disk's model; steppps-problem.txt lists them while this is absent" }),
    ),
  },
  closed,
);

export type InstallSettings = Static<typeof InstallSettings>;

/** `steppps.yaml`: the one file a person edits. Every field has a default; an empty file is a valid document. */
export const DeviceDocument = Type.Object(
  {
    name: Type.Optional(
      Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$", description: "The device's name in topics and on the network" }),
    ),
    group: Type.Optional(
      Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$", description: "Which group of devices a signed policy means" }),
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
          listen: Type.Optional(Listen),
          tls: Type.Optional(Type.Object({ port: Type.Optional(Port), clientCa: Type.Optional(file()) }, closed)),
          users: Type.Optional(Type.Record(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$" }), MqttUser, closed)),
          broker: Type.Optional(remoteUrl("Use this MQTT 5 or 3.1.1 broker in place of the embedded one")),
          ...remote,
        },
        closed,
      ),
    ),
    uplink: Type.Optional(Uplink),
    discovery: Type.Optional(
      Type.Object(
        {
          mdns: Type.Optional(Type.Boolean()),
          homeAssistant: Type.Optional(Type.Boolean({ description: "Show the device and its plugins to Home Assistant" })),
          homeAssistantButtons: Type.Optional(
            Type.Boolean({
              description: "With buttons to roll back; whoever may publish commands can then press them, unsigned",
            }),
          ),
          homeAssistantPrefix: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9_/-]{1,100}$" })),
        },
        closed,
      ),
    ),
    web: Type.Optional(
      Type.Object(
        {
          port: Type.Optional(Port),
          listen: Type.Optional(Listen),
          tlsPort: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 65_535, description: "Beyond loopback; 8443 where absent" }),
          ),
          password: Type.Optional(Password),
        },
        closed,
      ),
    ),
    network: Type.Optional(NetworkSettings),
    ssh: Type.Optional(Type.Object({ enabled: Type.Optional(Type.Boolean()) }, closed)),
    timezone: Type.Optional(Type.String({ maxLength: 64, description: "IANA name, for cron handlers; UTC where absent" })),
    deploys: Type.Optional(
      Type.Object(
        {
          gateSeconds: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 86_400, description: "How long a new version is watched; 60 where absent" }),
          ),
          approvalHours: Type.Optional(Type.Integer({ minimum: 1, maximum: 8_760 })),
        },
        closed,
      ),
    ),
    install: Type.Optional(InstallSettings),
    updates: Type.Optional(
      Type.Object(
        {
          approve: Type.Optional(Type.Boolean({ description: "Each image waits for 'steppps update approve'" })),
          window: Type.Optional(
            Type.String({
              pattern: "^([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]):[0-5]\\d$",
              description: "When the device may restart for an update, by its time zone: 02:00-05:00",
            }),
          ),
          gateSeconds: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 3_600, description: "How long a new image has to be well; 60 where absent" }),
          ),
        },
        closed,
      ),
    ),
    retention: Type.Optional(
      Type.Object(
        {
          events: Type.Optional(Type.Integer({ minimum: 100, maximum: 1_000_000 })),
          deploys: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
          journalMegabytes: Type.Optional(Type.Integer({ minimum: 16, maximum: 100_000 })),
        },
        closed,
      ),
    ),
    storage: Type.Optional(
      Type.Object({ dailyWriteMegabytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })) }, closed),
    ),
    plugins: Type.Optional(Type.Record(PluginName, PluginSettings, closed)),
    inference: Type.Optional(
      Type.Array(InferenceStep, { maxItems: 64, description: "Messages that go through a model, with no plugin" }),
    ),
  },
  closed,
);
export type DeviceDocument = Static<typeof DeviceDocument>;
