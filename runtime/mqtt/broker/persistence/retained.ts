import { setImmediate } from "node:timers/promises";
import { type Message, type Qos, StepppsError } from "../../../contract/index.ts";
import type { Journal, Op } from "../../../store/index.ts";
import type { Limits } from "../../limits.ts";
import { pages } from "../../pages.ts";
import type { Tally } from "../../tally.ts";
import { TopicTree } from "../../topic-tree.ts";
import type { Packet } from "../aedes.ts";
import type { Change } from "./change.ts";

/** The last message of each topic that was published with RETAIN [MQTT-3.3.1-5]. */
export class Retained {
  readonly #messages = new TopicTree<Packet>();
  readonly #limits: Limits;
  readonly #tally: Tally;
  #bytes = 0;

  constructor(limits: Limits, tally: Tally) {
    this.#limits = limits;
    this.#tally = tally;
  }

  get size(): number {
    return this.#messages.size;
  }

  async load(journal: Pick<Journal, "read">): Promise<void> {
    for await (const row of pages(journal, "retained.after", (last) => [last?.number ?? 0])) {
      this.#set({ ...BLANK, topic: row.topic, payload: Buffer.from(row.payload), qos: row.qos as Qos });
    }
  }

  /** Keeps `message`, or forgets its topic where the payload is empty [MQTT-3.3.1-10, MQTT-3.3.1-11]; undefined where there is nothing to do. */
  plan(message: Pick<Message, "topic" | "payload" | "qos">): Change | undefined {
    const { topic, payload, qos } = message;
    if (payload.length === 0) {
      if (!this.#messages.get(topic)) return undefined;
      return { ops: [["retained.delete", topic]], apply: () => this.#delete(topic) };
    }
    if (this.#isFull(topic, payload.length)) {
      this.#tally.drop("retainedFull");
      this.#tally.report(new StepppsError("E_MQTT_RETAINED_FULL", topic));
      return undefined;
    }
    const ops: readonly Op[] = [["retained.set", topic, payload, qos]];
    return { ops, apply: () => this.#set({ ...BLANK, topic, payload: Buffer.from(payload), qos }) };
  }

  /** Lets others have their turn between filters: a client may subscribe with thousands at once. */
  async *match(filters: readonly string[]): AsyncGenerator<Packet> {
    for (const filter of filters) {
      yield* this.#messages.match(filter);
      await setImmediate();
    }
  }

  /** As aedes gave it, for its persistence. */
  keep(packet: Packet): Change | undefined {
    const change = this.plan(packet);
    return change && packet.payload.length > 0 ? { ops: change.ops, apply: () => this.#set({ ...packet }) } : change;
  }

  #isFull(topic: string, bytes: number): boolean {
    const old = this.#messages.get(topic);
    if (!old && this.#messages.size >= this.#limits.retainedTopics) return true;
    return this.#bytes + bytes - (old?.payload.length ?? 0) > this.#limits.retainedBytes;
  }

  #set(packet: Packet): void {
    this.#delete(packet.topic);
    this.#messages.set(packet.topic, packet);
    this.#bytes += packet.payload.length;
  }

  #delete(topic: string): void {
    this.#bytes -= this.#messages.get(topic)?.payload.length ?? 0;
    this.#messages.delete(topic);
  }
}

const BLANK = { cmd: "publish", retain: true, dup: false } as const;
