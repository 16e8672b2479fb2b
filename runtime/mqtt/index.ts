export { type AccessRule, LOOPBACK_ACCESS } from "./broker/access.ts";
export { type EmbeddedBusOptions, openEmbeddedBus } from "./broker/open-embedded-bus.ts";
export { type Bus, type BusOptions, type Delivery, DROP_REASONS, type DropReason, type SubscribeOptions } from "./bus.ts";
export { type ExternalBusOptions, openExternalBus, type TopicPriority } from "./external/open-external-bus.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { TopicIndex } from "./topic-index.ts";
