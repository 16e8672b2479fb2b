export { birthTopic, type DiscoveryOptions, discoveryConfig, discoveryTopic } from "./discovery.ts";
export { homeAssistantStates, type Sample, sampleOf } from "./states.ts";
