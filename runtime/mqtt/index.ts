export { type BridgeOptions, openBridge } from "./bridge/open-bridge.ts";
export { type AccessRule, accessOf, LOOPBACK_ACCESS, type UserGrants } from "./broker/access.ts";
export type { Users } from "./broker/doorkeeper.ts";
export { type EmbeddedBusOptions, openEmbeddedBus } from "./broker/open-embedded-bus.ts";
export type { Refusal } from "./broker/refusals.ts";
export type { TlsListener } from "./broker/tls-door.ts";
export {
  type Bus,
  type BusOptions,
  type Delivery,
  DROP_REASONS,
  type DropReason,
  type Reach,
  type SubscribeOptions,
  type UplinkState,
} from "./bus.ts";
export { type Address, dial, explainDial, type TlsOptions } from "./external/dial.ts";
export { type ExternalBusOptions, openExternalBus, type TopicPriority } from "./external/open-external-bus.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { bytesArgument, optionalText, textArgument, wholeArgument } from "./rpc/arguments.ts";
export { type RpcCaller, type RpcFunction, RpcServer, type SignedCommand } from "./rpc/server.ts";
export { TopicIndex } from "./topic-index.ts";
