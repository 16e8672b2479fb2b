import { parseTopic, type Qos, utf8 } from "../../contract/index.ts";
import { levelsOf } from "../filter-levels.ts";
import type { Limits } from "../limits.ts";
import { TopicIndex } from "../topic-index.ts";
import { type AccessRule, mayAccess } from "./access.ts";
import type { Session } from "./persistence/session.ts";

const ROUTES_MAX = 16_384;
/** Longer topics are looked up each time: what is remembered must stay small. */
const REMEMBERED_LENGTH = 256;

/** A connected client, as far as messages go to it. */
export interface Link {
  /** Its session ends with the connection. */
  readonly clean: boolean;
  /** What its client may do. */
  readonly rules: readonly AccessRule[];
  /** Sends at `qos`, to a client with a session only at QoS 0: what it gets above goes through its session's queue. */
  send(topic: Uint8Array, name: string, payload: Uint8Array, qos: Qos): void;
}

/** Where messages to one topic go. Kept for the topics seen last, until any subscription changes. */
export interface Route {
  readonly topic: string;
  /** UTF-8 of the topic. */
  readonly bytes: Uint8Array;
  /** The supervisor takes it. */
  readonly taken: boolean;
  /** Which of the rules asked about so far let their clients publish to it, and which let them have it. */
  readonly publishing: Map<readonly AccessRule[], boolean>;
  readonly hearing: Map<readonly AccessRule[], boolean>;
  /** The rules by which somebody published there last: mostly the next one's, too. */
  publisher: readonly AccessRule[] | undefined;
  /** Connected clients that may have it, each once, with the highest QoS of its matching subscriptions [MQTT-3.3.5-1]. */
  readonly online: readonly { readonly link: Link; readonly qos: Qos }[];
  /** Sessions that want it at QoS 1 or 2 and may have it, connected or not. */
  readonly sessions: readonly { readonly session: Session; readonly qos: Qos }[];
}

interface Subscription {
  readonly link: Link;
  readonly filter: string;
  qos: Qos;
}

/** Who wants which topic. */
export class Exchange {
  readonly #rulesOf: (sessionKey: string) => readonly AccessRule[];
  readonly #sessionsFor: (topic: string) => { readonly session: Session; readonly qos: Qos }[];
  readonly #online = new TopicIndex<Subscription>();
  readonly #byLink = new Map<Link, Map<string, Subscription>>();
  /** Topic levels of the filters, by client and in all: what they cost in the index. */
  readonly #levels = new Map<Link, number>();
  #allLevels = 0;
  readonly #taken = new TopicIndex<true>();
  readonly #routes = new Map<string, Route>();

  /** `rulesOf` gives what the client of a session may do. */
  constructor(
    rulesOf: (sessionKey: string) => readonly AccessRule[],
    sessionsFor: (topic: string) => { readonly session: Session; readonly qos: Qos }[],
  ) {
    this.#rulesOf = rulesOf;
    this.#sessionsFor = sessionsFor;
  }

  /** Some subscription changed: routes are found anew. */
  changed(): void {
    if (this.#routes.size > 0) this.#routes.clear();
  }

  /** Takes a topic filter for the supervisor. */
  take(filter: string): void {
    this.#taken.add(filter, true);
    this.changed();
  }

  leave(filter: string): void {
    this.#taken.remove(filter, true);
    this.changed();
  }

  subscribe(link: Link, filter: string, qos: Qos): void {
    let filters = this.#byLink.get(link);
    if (!filters) {
      filters = new Map();
      this.#byLink.set(link, filters);
    }
    const known = filters.get(filter);
    if (known) known.qos = qos;
    else {
      const subscription = { link, filter, qos };
      filters.set(filter, subscription);
      this.#online.add(filter, subscription);
      this.#count(link, levelsOf(filter));
    }
    this.changed();
  }

  unsubscribe(link: Link, filter: string): void {
    const subscription = this.#byLink.get(link)?.get(filter);
    if (!subscription) return;
    this.#byLink.get(link)?.delete(filter);
    this.#online.remove(filter, subscription);
    this.#count(link, -levelsOf(filter));
    this.changed();
  }

  /** Forgets all of a client's subscriptions. */
  detach(link: Link): void {
    for (const [filter, subscription] of this.#byLink.get(link) ?? []) this.#online.remove(filter, subscription);
    this.#byLink.delete(link);
    this.#count(link, -(this.#levels.get(link) ?? 0));
    this.#levels.delete(link);
    this.changed();
  }

  /** Whether one more filter of `link` fits the limits. */
  hasRoom(link: Link, filter: string, limits: Limits): boolean {
    const more = levelsOf(filter);
    return (
      (this.#byLink.get(link)?.size ?? 0) < limits.subscriptionsPerClient &&
      (this.#levels.get(link) ?? 0) + more <= limits.filterLevelsPerClient &&
      this.#allLevels + more <= limits.filterLevelsTotal
    );
  }

  /** Throws E_TOPIC where `topic` is not one to publish to. */
  route(topic: string): Route {
    return this.#routes.get(topic) ?? this.#find(topic);
  }

  /** Whether a client with these rules may publish there. */
  mayPublish(route: Route, rules: readonly AccessRule[]): boolean {
    if (route.publisher === rules) return true;
    const may = recall(route.publishing, rules, "publish", route.topic);
    if (may) route.publisher = rules;
    return may;
  }

  /** Whether a client with these rules may have messages from there, whatever its subscription says. */
  mayHear({ topic, hearing }: Route, rules: readonly AccessRule[]): boolean {
    return recall(hearing, rules, "subscribe", topic);
  }

  /** Sends to connected clients, except at QoS 1 and 2 to those with a session. */
  deliver(route: Route, payload: Uint8Array, qos: Qos): void {
    for (const wanted of route.online) {
      const least = wanted.qos < qos ? wanted.qos : qos;
      if (least === 0 || wanted.link.clean) wanted.link.send(route.bytes, route.topic, payload, least);
    }
  }

  #find(topic: string): Route {
    parseTopic(topic);
    const hearing: Route["hearing"] = new Map();
    const mayHear = (rules: readonly AccessRule[]) => recall(hearing, rules, "subscribe", topic);
    const online = new Map<Link, Qos>();
    this.#online.match(topic, ({ link, qos }) => {
      if ((online.get(link) ?? -1) < qos && mayHear(link.rules)) online.set(link, qos);
    });
    const route: Route = {
      topic,
      bytes: utf8(topic),
      taken: this.#taken.matches(topic),
      publishing: new Map(),
      publisher: undefined,
      hearing,
      online: [...online].map(([link, qos]) => ({ link, qos })),
      sessions: this.#sessionsFor(topic).filter(({ session }) => mayHear(this.#rulesOf(session.clientId))),
    };
    if (this.#routes.size >= ROUTES_MAX) this.#routes.clear();
    if (topic.length <= REMEMBERED_LENGTH) this.#routes.set(topic, route);
    return route;
  }

  #count(link: Link, levels: number): void {
    this.#levels.set(link, (this.#levels.get(link) ?? 0) + levels);
    this.#allLevels += levels;
  }
}

function recall(
  known: Map<readonly AccessRule[], boolean>,
  rules: readonly AccessRule[],
  does: AccessRule["does"],
  topic: string,
): boolean {
  let may = known.get(rules);
  if (may === undefined) {
    may = mayAccess(rules, does, topic);
    known.set(rules, may);
  }
  return may;
}
