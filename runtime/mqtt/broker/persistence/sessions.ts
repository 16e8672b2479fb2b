import { type Message, type Qos, StepppsError } from "../../../contract/index.ts";
import type { Journal, Op, QueryRow } from "../../../store/index.ts";
import { levelsOf } from "../../filter-levels.ts";
import type { Limits } from "../../limits.ts";
import { pages } from "../../pages.ts";
import type { Tally } from "../../tally.ts";
import { TopicIndex } from "../../topic-index.ts";
import type { Packet } from "../aedes.ts";
import type { Change } from "./change.ts";
import { type Owed, type Queued, Session, type Subscribed } from "./session.ts";

/** A session that wants a topic at QoS 1 or 2. */
export interface SessionSubscriber {
  readonly session: Session;
  readonly subscribed: Subscribed;
}

interface Options {
  readonly limits: Limits;
  readonly tally: Tally;
  /** Names a message within this run of the broker, upwards. */
  readonly stamp: () => { readonly brokerId: string; readonly brokerCounter: number };
  /** The index of subscriptions changed. */
  readonly onChange: () => void;
}

/** All sessions, and the index of what they want. */
export class Sessions {
  readonly #options: Options;
  readonly #sessions = new Map<string, Session>();
  readonly #index = new TopicIndex<SessionSubscriber>();
  readonly #queued: Queued = { bytes: 0 };
  #nextNumber = 1;

  constructor(options: Options) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Topic levels of all stored filters: what they cost. */
  get levels(): number {
    return this.#levels;
  }

  /** How many subscriptions at QoS 1 and 2 there are. */
  get subscriptions(): number {
    return this.#index.size;
  }

  find(clientId: string): Session | undefined {
    return this.#sessions.get(clientId);
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** The session of `clientId`, made where there is none. */
  open(clientId: string): Session {
    let session = this.#sessions.get(clientId);
    if (!session) {
      session = new Session(clientId, this.#queued);
      this.#sessions.set(clientId, session);
    }
    return session;
  }

  /** Whether a session for `clientId` would be one too many. */
  isFull(clientId: string): boolean {
    return !this.#sessions.has(clientId) && this.#sessions.size >= this.#options.limits.sessions;
  }

  /** Each session with a subscription to `topic` at QoS 1 or 2, once per subscription. */
  match(topic: string): SessionSubscriber[] {
    const found: SessionSubscriber[] = [];
    this.#index.match(topic, (subscriber) => found.push(subscriber));
    return found;
  }

  /** Each session once, with the highest QoS it wants `topic` at. */
  wanting(topic: string): { session: Session; qos: Qos }[] {
    const best = new Map<Session, Qos>();
    for (const { session, subscribed } of this.match(topic)) {
      if ((best.get(session) ?? 0) < subscribed.qos) best.set(session, subscribed.qos);
    }
    return [...best].map(([session, qos]) => ({ session, qos }));
  }

  subscribe(session: Session, subscribed: Subscribed): void {
    this.unsubscribe(session, subscribed.topic);
    session.subscriptions.set(subscribed.topic, subscribed);
    this.#levels += levelsOf(subscribed.topic);
    if (subscribed.qos > 0) this.#index.add(subscribed.topic, this.#subscriber(session, subscribed));
    this.#options.onChange();
  }

  unsubscribe(session: Session, filter: string): void {
    const subscribed = session.subscriptions.get(filter);
    if (!subscribed) return;
    session.subscriptions.delete(filter);
    this.#levels -= levelsOf(filter);
    const subscriber = this.#subscribers.get(subscribed);
    if (subscriber) this.#index.remove(filter, subscriber);
    this.#subscribers.delete(subscribed);
    this.#options.onChange();
  }

  /** Queues `message` for each of `sessions`; undefined where it owes nobody anything. `given` is what aedes made of it, if it did. */
  plan(
    sessions: readonly { session: Session; qos: Qos }[],
    message: Omit<Message, "retain">,
    given?: Packet,
  ): Change | undefined {
    if (message.qos === 0 || sessions.length === 0) return undefined;
    const ops: Op[] = [];
    const debts: { session: Session; number: number; qos: Qos }[] = [];
    const bytes = message.topic.length + message.payload.length;
    for (const { session, qos: wanted } of sessions) {
      if (this.#isFull(session, bytes)) continue;
      const qos = Math.min(wanted, message.qos) as Qos;
      const number = this.#nextNumber++;
      ops.push(["queue.add", number, session.clientId, message.topic, message.payload, qos, 0]);
      debts.push({ session, number, qos });
    }
    if (ops.length === 0) return undefined;
    const apply = () => {
      const payload = given?.payload ?? Buffer.from(message.payload);
      for (const { session, number, qos } of debts) {
        const packet: Packet = {
          cmd: "publish",
          ...(given ? { brokerId: given.brokerId, brokerCounter: given.brokerCounter } : this.#options.stamp()),
          topic: message.topic,
          payload,
          qos,
          retain: false,
          dup: false,
          messageId: undefined,
        };
        session.push({ number, bytes, packet, sent: false });
      }
    };
    return { ops, apply };
  }

  /** Forgets the session when nothing is left of it. */
  tidy(session: Session): void {
    if (session.empty) this.#sessions.delete(session.clientId);
  }

  /** Forgets a session and all that is in it. */
  end(session: Session): void {
    for (const filter of [...session.subscriptions.keys()]) this.unsubscribe(session, filter);
    for (const owed of [...session.queue.values()]) session.drop(owed);
    session.incoming.clear();
    this.tidy(session);
  }

  async load(journal: Pick<Journal, "read">): Promise<void> {
    for await (const row of pages(journal, "subscription.after", (last) => [last?.client ?? "", last?.filter ?? ""])) {
      this.subscribe(this.open(row.client), { topic: row.filter, qos: row.qos as Qos });
    }
    for await (const row of pages(journal, "incoming.after", (last) => [last?.client ?? "", last?.messageId ?? -1])) {
      this.open(row.client).incoming.set(row.messageId, undefined);
    }
    for await (const row of pages(journal, "queue.after", (last) => [last?.number ?? 0])) {
      this.open(row.client).push(this.#owed(row));
      this.#nextNumber = row.number + 1;
    }
    for await (const row of pages(journal, "session.after", (last) => [last?.client ?? ""])) {
      const session = this.open(row.client);
      session.away = session.awayStored = row.away;
    }
  }

  #owed(row: QueryRow<"queue.after">): Owed {
    const messageId = row.messageId ?? undefined;
    const packet =
      row.released && messageId !== undefined
        ? { cmd: "pubrel" as const, messageId }
        : {
            cmd: "publish" as const,
            ...this.#options.stamp(),
            topic: row.topic,
            payload: Buffer.from(row.payload),
            qos: row.qos as Qos,
            retain: false,
            dup: messageId !== undefined,
            messageId,
          };
    return { number: row.number, bytes: row.topic.length + row.payload.length, packet, sent: false };
  }

  #isFull(session: Session, bytes: number): boolean {
    const { queueMessages, queueBytes, queueBytesTotal } = this.#options.limits;
    const fits = session.queueBytes + bytes <= queueBytes && this.#queued.bytes + bytes <= queueBytesTotal;
    if (fits && session.queue.size < queueMessages) return false;
    this.#options.tally.drop("sessionFull");
    this.#options.tally.report(new StepppsError("E_MQTT_QUEUE_FULL", `client ${session.clientId}`));
    return true;
  }

  #levels = 0;
  readonly #subscribers = new WeakMap<Subscribed, SessionSubscriber>();

  #subscriber(session: Session, subscribed: Subscribed): SessionSubscriber {
    const subscriber = { session, subscribed };
    this.#subscribers.set(subscribed, subscriber);
    return subscriber;
  }
}
