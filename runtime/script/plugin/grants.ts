import {
  isReservedTopic,
  type Manifest,
  parseTopic,
  parseTopicFilter,
  StepppsError,
  topicMatches,
} from "../../contract/index.ts";
import { fillPattern, type Settings } from "./pattern.ts";

/** What one plugin may do, with its settings filled in: the gate that every effect passes. */
export interface Grants {
  /** Throws E_PLUGIN_DENIED or E_TOPIC unless the plugin may publish to `topic`. */
  publish(topic: string): void;
  timers(): void;
  state(): void;
  infer(model: string): void;
}

/** Topics already found allowed; the next message of that topic costs one look-up. Longer ones are found again. */
const REMEMBERED = 1024;
const REMEMBERED_LENGTH = 256;

/** Where a plugin may publish, with its settings filled in. */
export function publishFilters(manifest: Manifest, settings: Settings): string[] {
  return manifest.capabilities.publish.map((pattern) => parseTopicFilter(fillPattern(pattern, settings)));
}

/** `filters`: as publishFilters has them. */
export function createGrants(manifest: Manifest, filters: readonly string[]): Grants {
  const allowed = new Set<string>();
  const deny = (what: string) => new StepppsError("E_PLUGIN_DENIED", `${manifest.name} may not ${what}`);
  return {
    publish(topic) {
      if (allowed.has(topic)) return;
      parseTopic(topic);
      if (isReservedTopic(topic) || !filters.some((filter) => topicMatches(filter, topic))) throw deny(`publish to ${topic}`);
      if (topic.length > REMEMBERED_LENGTH) return;
      if (allowed.size >= REMEMBERED) allowed.clear();
      allowed.add(topic);
    },
    timers() {
      if (!manifest.capabilities.timers) throw deny("set timers");
    },
    state() {
      if (!manifest.capabilities.state) throw deny("keep state");
    },
    infer(model) {
      if (!manifest.capabilities.infer?.includes(model)) throw deny(`ask the model ${model}`);
    },
  };
}

/** The filter a message handler listens to. Reserved topics are refused: control is not for plugins. */
export function handlerFilter(manifest: Manifest, pattern: string, settings: Settings): string {
  const filter = parseTopicFilter(fillPattern(pattern, settings));
  if (isReservedTopic(filter)) throw new StepppsError("E_PLUGIN_DENIED", `${manifest.name} may not listen to ${filter}`);
  return filter;
}
