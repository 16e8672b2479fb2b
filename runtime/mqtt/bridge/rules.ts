import {
  type BridgeRule,
  isReservedTopic,
  parseTopic,
  parseTopicFilter,
  type Qos,
  StepppsError,
  topicMatches,
} from "../../contract/index.ts";

/** How a message goes on. */
export interface Carriage {
  /** Its topic on the other side. */
  readonly topic: string;
  /** In place of the message's own. */
  readonly qos?: Qos;
  readonly priority?: number;
}

interface Side {
  /** Of topics on this side. */
  readonly filter: string;
  readonly cut: number;
  readonly prefix: string;
  readonly rule: BridgeRule;
}

/** Topics whose way is remembered: so many of so many characters at most, or a sender of long ones fills the memory. */
const REMEMBERED = 4096;
const REMEMBERED_LENGTH = 256;

/**
 * What the rules of an uplink say. A rule's filter is what both sides have in common:
 *
 *   here    localPrefix + filter
 *   there   remotePrefix + filter
 *
 * The first rule that matches a topic decides.
 */
export class BridgeRules {
  /** What to listen to here and there, each filter once. */
  readonly localFilters: readonly string[];
  readonly remoteFilters: readonly string[];
  readonly #out: readonly Side[];
  readonly #in: readonly Side[];
  readonly #outbound = new Map<string, Carriage | undefined>();
  readonly #inbound = new Map<string, Carriage | undefined>();

  /** Throws E_UPLINK_RULE. */
  constructor(rules: readonly BridgeRule[]) {
    for (const rule of rules) check(rule);
    this.#out = rules
      .filter(({ direction }) => direction !== "in")
      .map((rule) => sideOf(rule, rule.localPrefix, rule.remotePrefix));
    this.#in = rules
      .filter(({ direction }) => direction !== "out")
      .map((rule) => sideOf(rule, rule.remotePrefix, rule.localPrefix));
    this.localFilters = [...new Set(this.#out.map(({ filter }) => filter))];
    this.remoteFilters = [...new Set(this.#in.map(({ filter }) => filter))];
  }

  /** How a message of `topic` goes from here to there, if it does. Throws E_UPLINK_TOPIC where its topic there would be none. */
  outbound(topic: string): Carriage | undefined {
    return isReservedTopic(topic) ? undefined : recall(this.#outbound, topic, this.#out);
  }

  /** Whether a message of `topic` from there would be taken. */
  takes(topic: string): boolean {
    return !isReservedTopic(topic) && this.#in.some(({ filter }) => topicMatches(filter, topic));
  }

  /** The same from there to here. Reserved topics there are other devices' own: a broker that a fleet shares is full of them. */
  inbound(topic: string): Carriage | undefined {
    return isReservedTopic(topic) ? undefined : recall(this.#inbound, topic, this.#in);
  }
}

function sideOf(rule: BridgeRule, from = "", to = ""): Side {
  return { filter: from + rule.filter, cut: from.length, prefix: to, rule };
}

function recall(known: Map<string, Carriage | undefined>, topic: string, sides: readonly Side[]): Carriage | undefined {
  if (topic.length > REMEMBERED_LENGTH) return find(topic, sides);
  if (known.has(topic)) return known.get(topic);
  const found = find(topic, sides);
  if (known.size >= REMEMBERED) known.clear();
  known.set(topic, found);
  return found;
}

function find(topic: string, sides: readonly Side[]): Carriage | undefined {
  const side = sides.find(({ filter }) => topicMatches(filter, topic));
  if (!side) return undefined;
  const other = side.prefix + topic.slice(side.cut);
  try {
    parseTopic(other);
  } catch (cause) {
    throw new StepppsError("E_UPLINK_TOPIC", `${topic.slice(0, 80)} with the prefix ${JSON.stringify(side.prefix)}`, { cause });
  }
  if (isReservedTopic(other)) throw new StepppsError("E_UPLINK_TOPIC", other.slice(0, 80));
  const { qos, priority } = side.rule;
  return { topic: other, ...(qos !== undefined && { qos }), ...(priority !== undefined && { priority }) };
}

function check({ filter, localPrefix = "", remotePrefix = "" }: BridgeRule): void {
  try {
    for (const prefix of [localPrefix, remotePrefix]) {
      if (prefix !== "") parseTopic(prefix);
      parseTopicFilter(prefix + filter);
    }
  } catch (cause) {
    throw new StepppsError("E_UPLINK_RULE", JSON.stringify(filter.slice(0, 80)), { cause });
  }
  // A wildcard covers them too, and then they are left out; a rule that names them is a mistake
  for (const named of [localPrefix + filter, remotePrefix + filter])
    if (isReservedTopic(named)) throw new StepppsError("E_UPLINK_RULE", `${named.slice(0, 80)} is reserved`);
}
