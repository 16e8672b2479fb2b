import { CONTROL_ROOT, controlTopic, isReservedTopic, type Message, type Qos, type StepppsError } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { Bus, BusOptions, Delivery, DropReason, Reach, SubscribeOptions } from "../bus.ts";
import type { ExternalBus } from "../external/external-bus.ts";
import type { Tally } from "../tally.ts";
import { TopicIndex } from "../topic-index.ts";
import { Answers } from "./answers.ts";
import type { Echoes } from "./echoes.ts";
import type { BridgeRules, Carriage } from "./rules.ts";

export interface BridgeParts {
  readonly device: string;
  /** The broker here; it gives what it takes to `fromLocal`. */
  readonly local: Bus;
  /** The broker there; it gives what it takes to `fromUplink`. */
  readonly uplink: ExternalBus;
  readonly rules: BridgeRules;
  /** Whether commands come over the uplink, and what the device says of itself goes there. */
  readonly control: boolean;
  readonly journal: Pick<Journal, "commit">;
  readonly onMessage: BusOptions["onMessage"];
  readonly echoes: Echoes;
  readonly tally: Tally;
  /** Begins the ids of messages that have none: of no other process. */
  readonly idPrefix: string;
}

type Done = (error?: Error) => void;

/** A report on a deploy is waited for; whoever waits may be away for a while. */
const REPORT_PRIORITY = 5;

/**
 * The broker here and a broker there as one. What rules let through is kept in the journal before its sender is told that it arrived,
 * and goes out when the uplink is there; nobody here waits for the uplink.
 *
 *   client ──▶ local ──┬─▶ supervisor ──▶ local (and its clients)
 *                      └─▶ spill ──▶ uplink             ▲   │
 *                                       └───────────────┘   └─▶ supervisor
 */
export class Bridge implements Bus {
  readonly #parts: BridgeParts;
  readonly #root: string;
  readonly #answers: Answers;
  /** What the supervisor takes; the rules take more. */
  readonly #wanted = new TopicIndex<true>();
  readonly #filters = new Set<string>();
  #lastId = 0;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#root = `${CONTROL_ROOT}/${parts.device}/`;
    this.#answers = new Answers(parts.device);
  }

  get url(): string {
    return this.#parts.local.url;
  }

  get reach(): Reach {
    return this.#parts.local.reach ?? {};
  }

  get echoes(): boolean {
    return this.#parts.local.echoes;
  }

  get uplink() {
    return this.#parts.uplink.uplink;
  }

  usersChanged(): void {
    this.#parts.local.usersChanged?.();
  }

  clients(): number {
    return this.#parts.local.clients();
  }

  connected(): boolean {
    return this.#parts.local.connected();
  }

  dropped(): Readonly<Record<DropReason, number>> {
    const all = [this.#parts.uplink.dropped(), this.#parts.tally.dropped];
    const sum = { ...this.#parts.local.dropped() };
    for (const one of all) for (const reason of Object.keys(sum) as DropReason[]) sum[reason] += one[reason];
    return sum;
  }

  async start(): Promise<void> {
    const { local, rules, uplink } = this.#parts;
    await Promise.all(rules.localFilters.map((filter) => local.subscribe(filter)));
    await Promise.all(rules.remoteFilters.map((filter) => uplink.subscribe(filter, { retained: true })));
    await local.start();
    await uplink.start();
  }

  async subscribe(filter: string, options?: SubscribeOptions): Promise<void> {
    const { control, local, uplink } = this.#parts;
    await local.subscribe(filter, options);
    if (!this.#filters.has(filter)) this.#wanted.add(filter, true);
    this.#filters.add(filter);
    if (control && filter.startsWith(this.#root)) await uplink.subscribe(filter);
  }

  async unsubscribe(filter: string): Promise<void> {
    const { local, rules, uplink } = this.#parts;
    if (this.#filters.delete(filter)) this.#wanted.remove(filter, true);
    if (filter.startsWith(this.#root)) await uplink.unsubscribe(filter);
    if (!rules.localFilters.includes(filter)) await local.unsubscribe(filter);
  }

  publish(message: Message): Promise<void> {
    return this.publishAll([message]);
  }

  async publishAll(messages: readonly Message[]): Promise<void> {
    const here: Message[] = [];
    const there: Promise<void>[] = [];
    for (const message of messages) {
      const { topic } = message;
      // What is wanted of an artefact is said on both sides: somebody here may be offering it as well
      if (message.answer !== "there") here.push(message);
      if (this.#answers.goesThere(message)) there.push(this.#answer(message));
      if (this.#answers.isAnswer(message)) continue;
      if (topic.startsWith(this.#root)) there.push(this.#tell(message));
      else there.push(this.#carryOut(message));
    }
    await Promise.all([this.#parts.local.publishAll(here), ...there]);
  }

  async close(): Promise<void> {
    await this.#parts.uplink.close();
    await this.#parts.local.close();
  }

  /** A message that a client here sent. */
  fromLocal(message: Delivery, done: Done): void {
    const wanted = this.#wanted.matches(message.topic);
    const carriage = message.retain && message.from === "" ? undefined : this.#wayOut(message.topic);
    if (!carriage) {
      if (wanted) this.#parts.onMessage(message, done);
      else this.#commit(message, done);
    } else if (!wanted) {
      // In one transaction with what the broker has to remember: after a crash it is not carried twice
      this.#carry(message, carriage, message.ops).then(() => done(), done);
    } else {
      const both = together(2, done);
      this.#carry(message, carriage, []).then(() => both(), both);
      this.#parts.onMessage(message, both);
    }
  }

  /** A message that the broker there sent. */
  fromUplink(message: Delivery, done: Done): void {
    const { control, device, echoes, local, onMessage } = this.#parts;
    if (message.topic.startsWith(this.#root)) {
      if (!control || !this.#wanted.matches(message.topic)) return this.#commit(message, done);
      this.#answers.note(message);
      return onMessage(message, done);
    }
    const carriage = this.#wayIn(message.topic);
    const ours = message.via?.split(" ").includes(device) || echoes.isEcho(message.topic, message.payload);
    if (!carriage || ours) return this.#commit(message, done);
    const { topic, qos = message.qos } = carriage;
    const wanted = this.#wanted.matches(topic);
    const both = together(2, done);
    local.publish(plain(message, topic, qos)).then(() => both(), both);
    if (wanted) onMessage({ ...message, topic, qos }, both);
    else this.#commit(message, both);
  }

  /** What the supervisor itself has to say, and a rule lets through. */
  #carryOut(message: Message): Promise<void> {
    const carriage = isReservedTopic(message.topic) ? undefined : this.#wayOut(message.topic);
    return carriage ? this.#carry(message, carriage, []) : Promise.resolve();
  }

  /** Resolves when it is in the journal, or at QoS 0 when it is on its way. */
  #carry(message: Message, { topic, qos = message.qos, priority }: Carriage, ops: Delivery["ops"]): Promise<void> {
    const { idPrefix, journal, uplink } = this.#parts;
    const id = message.id ?? `${idPrefix}${(++this.#lastId).toString(36)}`;
    const carried = { ...plain(message, topic, qos), id };
    if (qos > 0 || (priority ?? 0) > 0) {
      // QoS 0 that is worth something: what is kept is not thrown away on the last stretch
      const kept: Message = { ...carried, qos: qos === 0 ? 1 : qos, payload: carried.payload.slice() };
      return uplink.keep(kept, { priority: priority ?? 1, ops });
    }
    if (uplink.connected()) void uplink.publish(carried).catch(() => {});
    return ops.length > 0 ? journal.commit(ops) : Promise.resolve();
  }

  /** To the one who asked over the uplink. What is wanted of an artefact is asked for anew when both are back. */
  async #answer(message: Message): Promise<void> {
    if (message.answer || this.#parts.uplink.connected()) await this.#parts.uplink.publish(message);
  }

  /** What the device says of itself. */
  async #tell(message: Message): Promise<void> {
    const { control, device, uplink } = this.#parts;
    // The uplink says itself whether the device is there
    if (!control || message.topic === controlTopic.state(device)) return;
    if (message.qos > 0) await uplink.keep(message, { priority: REPORT_PRIORITY });
    else if (uplink.connected()) await uplink.publish(message);
  }

  #wayOut(topic: string): Carriage | undefined {
    return this.#way(() => this.#parts.rules.outbound(topic));
  }

  #wayIn(topic: string): Carriage | undefined {
    return this.#way(() => this.#parts.rules.inbound(topic));
  }

  #way(find: () => Carriage | undefined): Carriage | undefined {
    try {
      return find();
    } catch (error) {
      this.#parts.tally.drop("refused");
      this.#parts.tally.report(error as StepppsError);
      return undefined;
    }
  }

  #commit({ ops }: Delivery, done: Done): void {
    if (ops.length === 0) done();
    else this.#parts.journal.commit(ops).then(() => done(), done);
  }
}

/** The message without what belongs to the connection it came by. */
function plain({ payload, retain, id, trace, responseTopic, correlation }: Message, topic: string, qos: Qos): Message {
  return {
    topic,
    payload,
    qos,
    retain,
    ...(id !== undefined && { id }),
    ...(trace !== undefined && { trace }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlation !== undefined && { correlation }),
  };
}

/** Calls `done` when it was called `count` times itself, with the first error. */
function together(count: number, done: Done): Done {
  let waiting = count;
  let failure: Error | undefined;
  return (error) => {
    failure ??= error;
    if (--waiting > 0) return;
    if (failure) done(failure);
    else done();
  };
}
