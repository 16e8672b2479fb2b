import { Readable } from "node:stream";
import type { Message, Qos } from "../../../contract/index.ts";
import type { Journal } from "../../../store/index.ts";
import type { Limits } from "../../limits.ts";
import type { Tally } from "../../tally.ts";
import { type Packet, REFUSED_SUBSCRIPTION } from "../aedes.ts";
import type { Route } from "../exchange.ts";
import { type Change, makeChange, notWaitedFor } from "./change.ts";
import { Expiry } from "./expiry.ts";
import { Outgoing } from "./outgoing.ts";
import { Retained } from "./retained.ts";
import type { Release, Subscribed } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { type Will, Wills } from "./wills.ts";

interface ClientRef {
  readonly id: string;
  readonly clean?: boolean;
}

interface BrokerRef {
  readonly id: string;
  counter: number;
}

interface Options {
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly limits: Limits;
  readonly tally: Tally;
  readonly onChange: () => void;
}

/**
 * aedes' persistence over the journal: memory answers, the journal remembers. A promise given back here resolves once the change
 * is on the disk, except where losing it would only make a message of QoS 1 be sent once more.
 */
export class JournalPersistence {
  readonly sessions: Sessions;
  readonly retained: Retained;
  readonly wills = new Wills();
  readonly #outgoing: Outgoing;
  readonly #expiry: Expiry;
  readonly #journal: Options["journal"];
  #broker: BrokerRef | undefined;
  /** Lists of subscriptions being stored: aedes gives the whole list once for each of its members. */
  readonly #storing = new WeakMap<readonly Subscribed[], { clientId: string; stored: Promise<void> }>();

  constructor({ journal, limits, tally, onChange }: Options) {
    this.#journal = journal;
    this.retained = new Retained(limits, tally);
    this.sessions = new Sessions({ limits, tally, onChange, stamp: () => this.#stamp() });
    this.#outgoing = new Outgoing(journal, this.sessions);
    this.#expiry = new Expiry({ journal, sessions: this.sessions, hours: limits.sessionHours, tally });
  }

  get broker(): BrokerRef {
    if (!this.#broker) throw new TypeError("the broker is not set up");
    return this.#broker;
  }

  /** Reads what the journal holds. */
  async setup(broker: BrokerRef): Promise<void> {
    this.#broker = broker;
    await Promise.all([this.retained.load(this.#journal), this.sessions.load(this.#journal), this.wills.load(this.#journal)]);
    this.#expiry.start();
  }

  /** Counts no further how long clients are away. */
  close(): void {
    this.#expiry.stop();
  }

  /** What has to be in the journal before `message` is acknowledged; undefined where nothing has. */
  plan(route: Route, message: Message): Change | undefined {
    const kept = message.retain ? this.retained.plan(message) : undefined;
    const queued = this.sessions.plan(route.sessions, message);
    if (!kept || !queued) return kept ?? queued;
    const apply = () => {
      kept.apply();
      queued.apply();
    };
    return { ops: [...kept.ops, ...queued.ops], apply };
  }

  // Retained messages

  async storeRetained(packet: Packet): Promise<void> {
    await this.#make(this.retained.keep(packet));
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.retained.match(filters));
  }

  // Subscriptions

  addSubscriptions(client: ClientRef, list: readonly Subscribed[]): Promise<void> {
    const storing = this.#storing.get(list);
    if (storing?.clientId === client.id) return storing.stored;
    const stored = this.#subscribe(client, list);
    this.#storing.set(list, { clientId: client.id, stored });
    return stored;
  }

  async removeSubscriptions(client: ClientRef, filters: readonly string[]): Promise<void> {
    const session = this.sessions.find(client.id);
    if (!session) return;
    await this.#make({
      ops: filters.map((filter) => ["subscription.delete", client.id, filter] as const),
      apply: () => {
        for (const filter of filters) this.sessions.unsubscribe(session, filter);
        this.sessions.tidy(session);
      },
    });
  }

  async subscriptionsByClient(client: ClientRef): Promise<Subscribed[]> {
    return [...(this.sessions.find(client.id)?.subscriptions.values() ?? [])];
  }

  async subscriptionsByTopic(topic: string): Promise<({ clientId: string } & Subscribed)[]> {
    return this.sessions.match(topic).map(({ session, subscribed }) => ({ clientId: session.clientId, ...subscribed }));
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    const withSubscriptions = [...this.sessions.all()].filter((session) => session.subscriptions.size > 0);
    return { subsCount: this.sessions.subscriptions, clientsCount: withSubscriptions.length };
  }

  async cleanSubscriptions(client: ClientRef): Promise<void> {
    const session = this.sessions.find(client.id);
    if (session) await this.removeSubscriptions(client, [...session.subscriptions.keys()]);
  }

  getClientList(filter: string): Readable {
    const clients = [...this.sessions.all()].filter((session) => session.subscriptions.has(filter));
    return Readable.from(clients.map((session) => session.clientId));
  }

  // Messages to sessions

  async outgoingEnqueue(subscriber: { clientId: string }, packet: Packet): Promise<void> {
    await this.#outgoing.enqueue([subscriber], packet);
  }

  async outgoingEnqueueCombi(subscribers: readonly { clientId: string; qos?: Qos }[], packet: Packet): Promise<void> {
    await this.#outgoing.enqueue(subscribers, packet);
  }

  async outgoingUpdate(client: ClientRef, packet: Packet | Release): Promise<void> {
    if (packet.cmd === "pubrel") await this.#outgoing.release(client.id, packet);
    else await this.#outgoing.name(client.id, packet);
  }

  async outgoingClearMessageId(client: ClientRef, packet: { messageId?: number }): Promise<Packet | Release | undefined> {
    return packet.messageId === undefined ? undefined : this.#outgoing.acknowledge(client.id, packet.messageId);
  }

  /** What to send to a client that came back; nothing to one that ended its session. */
  outgoingStream(client: ClientRef): Readable {
    if (client.clean) this.#outgoing.clear(client.id);
    return Readable.from(this.#outgoing.unsent(client.id));
  }

  // QoS 2 messages from clients

  async incomingStorePacket(client: ClientRef, packet: Packet): Promise<void> {
    const messageId = packet.messageId ?? 0;
    const { cmd, topic, payload, qos, retain, dup, brokerId, brokerCounter } = packet;
    const kept: Packet = { cmd, topic, payload: Buffer.from(payload), qos, retain, dup, brokerId, brokerCounter, messageId };
    await this.#make(this.take(client.id, messageId, kept));
  }

  /** Remembers that a QoS 2 message was taken. */
  take(clientId: string, messageId: number, packet?: Packet): Change {
    return {
      ops: [["incoming.add", clientId, messageId]],
      apply: () => this.sessions.open(clientId).incoming.set(messageId, packet),
    };
  }

  async incomingGetPacket(client: ClientRef, packet: { messageId: number }): Promise<Packet | { messageId: number }> {
    const incoming = this.sessions.find(client.id)?.incoming;
    if (!incoming?.has(packet.messageId)) throw new Error("no such packet");
    return incoming.get(packet.messageId) ?? { messageId: packet.messageId };
  }

  /** PUBREL came. On the disk before PUBCOMP goes: the client may then use the identifier for another message. */
  async incomingDelPacket(client: ClientRef, packet: { messageId: number }): Promise<void> {
    const session = this.sessions.find(client.id);
    if (!session?.incoming.has(packet.messageId)) throw new Error("no such packet");
    await this.#make({
      ops: [["incoming.delete", client.id, packet.messageId]],
      apply: () => {
        session.incoming.delete(packet.messageId);
        this.sessions.tidy(session);
      },
    });
  }

  async cleanIncoming(client: ClientRef): Promise<void> {
    const session = this.sessions.find(client.id);
    if (!session || session.incoming.size === 0) return;
    const apply = () => {
      session.incoming.clear();
      this.sessions.tidy(session);
    };
    await this.#make({ ops: [["incoming.clear", client.id]], apply });
  }

  // Wills

  async putWill(client: ClientRef, packet: Packet): Promise<void> {
    const will = Object.assign(packet, { brokerId: this.broker.id, clientId: client.id });
    const { brokerId, topic, payload, qos, retain } = will;
    await this.#make({
      ops: [["will.set", client.id, brokerId, topic, payload, qos, retain ? 1 : 0]],
      apply: () => this.wills.set(will),
    });
  }

  async getWill(client: ClientRef): Promise<Will | undefined> {
    return this.wills.get(client.id);
  }

  /** Never rejects, as aedes does not expect it to; at worst a will is said once more at the next start. */
  async delWill(client: ClientRef): Promise<Will | undefined> {
    const will = this.wills.get(client.id);
    this.wills.delete(client.id);
    if (will) await this.#journal.commit([["will.delete", client.id]]).catch(notWaitedFor);
    return will;
  }

  streamWill(brokers: Readonly<Record<string, unknown>> = {}): Readable {
    return Readable.from(this.wills.orphans(brokers));
  }

  async destroy(): Promise<void> {}

  async #subscribe(client: ClientRef, whole: readonly Subscribed[]): Promise<void> {
    await null; // the rest of the list is yet to be let through or refused, in this same turn
    const list = whole.filter(({ qos }) => (qos as number) !== REFUSED_SUBSCRIPTION);
    const session = this.sessions.open(client.id);
    await this.#make({
      ops: list.map(({ topic, qos }) => ["subscription.set", client.id, topic, qos] as const),
      apply: () => {
        for (const { topic, qos, rh, rap, nl, subscriptionIdentifier: id } of list) {
          const named = id === undefined ? {} : { subscriptionIdentifier: id };
          this.sessions.subscribe(session, { topic, qos, rh, rap, nl, ...named });
        }
      },
    });
  }

  async #make(change: Change | undefined): Promise<void> {
    if (change) await makeChange(this.#journal, change);
  }

  #stamp(): { brokerId: string; brokerCounter: number } {
    return { brokerId: this.broker.id, brokerCounter: ++this.broker.counter };
  }
}
