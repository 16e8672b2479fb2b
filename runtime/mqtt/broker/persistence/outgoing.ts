import type { Qos } from "../../../contract/index.ts";
import type { Journal } from "../../../store/index.ts";
import type { Packet } from "../aedes.ts";
import { makeChange, notWaitedFor } from "./change.ts";
import type { Owed, Release, Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** The way of a message to a session's client: queued, named with a packet identifier, at QoS 2 released, acknowledged. */
export class Outgoing {
  readonly #journal: Pick<Journal, "commit">;
  readonly #sessions: Sessions;

  constructor(journal: Pick<Journal, "commit">, sessions: Sessions) {
    this.#journal = journal;
    this.#sessions = sessions;
  }

  async enqueue(subscribers: readonly { clientId: string; qos?: Qos }[], packet: Packet): Promise<void> {
    const wanting = new Map<Session, Qos>();
    for (const { clientId, qos = packet.qos } of subscribers) {
      const session = this.#sessions.open(clientId);
      wanting.set(session, Math.max(qos, wanting.get(session) ?? 0) as Qos);
    }
    const sessions = [...wanting].map(([session, qos]) => ({ session, qos }));
    const change = this.#sessions.plan(sessions, { ...packet, payload: Buffer.from(packet.payload) }, packet);
    if (change) await makeChange(this.#journal, change);
  }

  /** The message is about to be sent with `packet.messageId`. */
  async name(clientId: string, packet: Packet): Promise<void> {
    const session = this.#sessions.find(clientId);
    const owed = session?.byCounter(packet);
    if (!session || !owed || packet.messageId === undefined) throw new Error("no such packet");
    // aedes sends it at QoS 0, because the subscription to just this topic says so: nobody will acknowledge it
    if (packet.qos === 0) return this.#forget(session, owed);
    session.name(owed, packet.messageId);
    const named = this.#journal.commit([["queue.sent", owed.number, packet.messageId]]);
    // At QoS 1 another identifier after a crash is as good
    if (packet.qos === 2) await named;
    else named.catch(notWaitedFor);
  }

  /** PUBREC came. On the disk before PUBREL goes: a PUBLISH after that would be a second message [MQTT-4.3.3-1]. */
  async release(clientId: string, packet: Release): Promise<void> {
    const session = this.#sessions.find(clientId);
    const owed = session?.byMessageId(packet.messageId);
    if (!session || !owed) throw new Error("no such packet");
    await makeChange(this.#journal, { ops: [["queue.release", owed.number]], apply: () => session.release(owed, packet) });
  }

  /** PUBACK or PUBCOMP came. */
  acknowledge(clientId: string, messageId: number): Packet | Release | undefined {
    const session = this.#sessions.find(clientId);
    const owed = session?.byMessageId(messageId);
    if (!session || !owed) return undefined;
    this.#forget(session, owed);
    return owed.packet;
  }

  /** The session is over. */
  clear(clientId: string): void {
    const session = this.#sessions.find(clientId);
    if (!session) return;
    for (const owed of [...session.queue.values()]) session.drop(owed);
    this.#sessions.tidy(session);
    this.#journal.commit([["queue.clear", clientId]]).catch(notWaitedFor);
  }

  /** The queue as it is now, each marked as sent when it is taken. */
  *unsent(clientId: string): Generator<Packet | Release> {
    const session = this.#sessions.find(clientId);
    for (const owed of [...(session?.queue.values() ?? [])]) {
      if (!session?.queue.has(owed.number)) continue;
      session.markSent(owed);
      yield owed.packet;
    }
  }

  #forget(session: Session, owed: Owed): void {
    session.drop(owed);
    this.#sessions.tidy(session);
    this.#journal.commit([["queue.delete", owed.number]]).catch(notWaitedFor);
  }
}
