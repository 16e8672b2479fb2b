import { type Message, type Qos, StepppsError } from "../../contract/index.ts";
import type { Journal, Op } from "../../store/index.ts";
import { pages } from "../pages.ts";
import type { Tally } from "../tally.ts";

export interface SpillOptions {
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly tally: Tally;
  readonly limitMessages: number;
  readonly limitBytes: number;
  /** Higher goes first and is dropped last. */
  readonly priority: (message: Message) => number;
}

/** What goes with a message that is kept. */
export interface Keeping {
  /** In place of what its topic says. */
  readonly priority?: number;
  /** To commit in the same transaction. */
  readonly ops?: readonly Op[];
}

interface Waiting {
  readonly number: number;
  readonly bytes: number;
}

/** Messages of one priority, oldest first. */
class Rank {
  #waiting: Waiting[] = [];
  #head = 0;

  get first(): Waiting | undefined {
    return this.#waiting[this.#head];
  }

  push(one: Waiting): void {
    this.#waiting.push(one);
  }

  shift(): void {
    this.#head++;
    if (this.#head < 1024 && this.#head < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}

/**
 * Messages that wait in the journal for a broker that is away. Bounded: when it is full the oldest of the lowest priority is
 * dropped first, and counted. Memory holds numbers and sizes only.
 */
export class Spill {
  readonly #options: SpillOptions;
  /** By priority, highest first. */
  #ranks: [priority: number, rank: Rank][] = [];
  #nextNumber = 1;
  #messages = 0;
  #bytes = 0;

  constructor(options: SpillOptions) {
    this.#options = options;
  }

  /** How many messages wait. */
  get size(): number {
    return this.#messages;
  }

  async load(): Promise<void> {
    for await (const row of pages(this.#options.journal, "spill.after", (last) => [last?.number ?? 0])) {
      this.#rank(row.priority).push({ number: row.number, bytes: row.bytes });
      this.#messages++;
      this.#bytes += row.bytes;
      this.#nextNumber = row.number + 1;
    }
  }

  /** Resolves when the journal holds `message`, or when it was dropped because all that waits is worth more. */
  async add(message: Message, keeping: Keeping = {}): Promise<void> {
    const { topic, payload, qos, retain, id } = message;
    const rest = [message.trace ?? null, message.responseTopic ?? null, message.correlation ?? null] as const;
    const priority = keeping.priority ?? this.#options.priority(message);
    const one = { number: this.#nextNumber++, bytes: Buffer.byteLength(topic) + payload.length };
    const ops: Op[] = [...(keeping.ops ?? [])];
    this.#messages++;
    this.#bytes += one.bytes;
    while (this.#isFull()) {
      const victim = this.#leastBelow(priority);
      if (!victim) {
        this.#forget(one);
        this.#countDropped();
        if (ops.length > 0) await this.#options.journal.commit(ops);
        return;
      }
      ops.push(["spill.delete", victim.number]);
      this.#countDropped();
    }
    ops.push(["spill.add", one.number, priority, topic, payload, qos, retain ? 1 : 0, id ?? null, ...rest]);
    try {
      await this.#options.journal.commit(ops);
    } catch (error) {
      this.#forget(one);
      throw error;
    }
    this.#rank(priority).push(one);
  }

  /**
   * Takes the next message: the oldest of the highest priority. It stays in the journal until `sent` is called with its number,
   * so that it is not lost if that never happens.
   */
  async take(): Promise<(Message & { readonly number: number }) | undefined> {
    for (const [, rank] of this.#ranks) {
      const one = rank.first;
      if (!one) continue;
      rank.shift();
      this.#forget(one);
      const [row] = await this.#options.journal.read("spill.one", one.number);
      if (!row) continue;
      const { topic, payload, retain, id, trace, responseTopic, correlation } = row;
      return {
        number: one.number,
        topic,
        payload,
        qos: row.qos as Qos,
        retain: retain === 1,
        ...(id !== null && { id }),
        ...(trace !== null && { trace }),
        ...(responseTopic !== null && { responseTopic }),
        ...(correlation !== null && { correlation }),
      };
    }
    return undefined;
  }

  async sent(number: number): Promise<void> {
    await this.#options.journal.commit([["spill.delete", number]]);
  }

  #isFull(): boolean {
    return this.#messages > this.#options.limitMessages || this.#bytes > this.#options.limitBytes;
  }

  /** The oldest of the lowest priority that is not above `priority`, taken out. */
  #leastBelow(priority: number): Waiting | undefined {
    for (const [other, rank] of this.#ranks.toReversed()) {
      if (other > priority) return undefined;
      const one = rank.first;
      if (!one) continue;
      rank.shift();
      this.#forget(one);
      return one;
    }
    return undefined;
  }

  #forget(one: Waiting): void {
    this.#messages--;
    this.#bytes -= one.bytes;
  }

  #countDropped(): void {
    this.#options.tally.drop("spillFull");
    this.#options.tally.report(new StepppsError("E_MQTT_SPILL_FULL", `${this.#options.limitMessages} messages`));
  }

  #rank(priority: number): Rank {
    const found = this.#ranks.find(([other]) => other === priority);
    if (found) return found[1];
    const rank = new Rank();
    this.#ranks = [...this.#ranks, [priority, rank] as [number, Rank]].sort(([a], [b]) => b - a);
    return rank;
  }
}
