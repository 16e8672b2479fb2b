import type { Journal, Op } from "../../store/index.ts";
import type { BusOptions } from "../bus.ts";
import type { Tally } from "../tally.ts";
import type { Egress } from "../wire/egress.ts";
import { PACKET } from "../wire/framer.ts";
import type { Publish } from "../wire/publish.ts";
import { Turnstile } from "../wire/turnstile.ts";
import { Pubrecs } from "./pubrecs.ts";

interface Options {
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly onMessage: BusOptions["onMessage"];
  readonly tally: Tally;
  /** Names this uplink in the journal. */
  readonly key: string;
  readonly limitMessages: number;
}

/** The connection a message came by, to which its acknowledgement goes. */
export interface ReceivingLine {
  readonly egress: Egress;
  readonly gone: boolean;
  resume(): void;
  end(): void;
}

/** A message that is being dealt with. */
interface Taking {
  readonly qos: number;
  /** Where it came last, and what lets its acknowledgement go there. */
  line: ReceivingLine;
  turn: (goes: boolean) => void;
}

const FROM = "uplink";
const ELSEWHERE = { remote: true, uplink: true } as const;
const NO_OPS: readonly Op[] = [];

/**
 * Hands messages over and acknowledges them, in the order received, once they are dealt with.
 *
 *   PUBLISH ──▶ taking ──commit──▶ taken ──PUBREC … PUBREL──commit──▶ released ──PUBCOMP
 *
 * A broker that keeps the session says again what it has no acknowledgement of, with the same identifier and DUP set
 * [MQTT-4.4.0-1, MQTT-3.3.1-1]: what is being dealt with is then acknowledged on the new connection, and what is taken is not taken
 * again [MQTT-4.3.3-2]. Without DUP on another connection the identifier stands for another message: the broker has gone back to a
 * session of before. One that has lost the session gives every identifier to other messages.
 */
export class Receiver {
  readonly #options: Options;
  readonly #taking = new Map<number, Taking>();
  /** Identifiers of QoS 2 messages taken and not released by the broker; they are in the journal. */
  readonly #taken = new Set<number>();
  /** Those that came by an earlier connection, or to an earlier process. */
  readonly #takenBefore = new Set<number>();
  #turnstile = new Turnstile();
  #pubrecs = new Pubrecs();
  #line: ReceivingLine | undefined;
  #inflight = 0;
  /** Number of the broker's session, and whether the journal knows it. */
  #session = 0;
  #noted = true;

  constructor(options: Options) {
    this.#options = options;
  }

  get mayRead(): boolean {
    return this.#inflight < this.#options.limitMessages;
  }

  async load(): Promise<void> {
    const { journal, key } = this.#options;
    const [row] = await journal.read("uplink.session", key);
    this.#session = row?.session ?? 0;
    for (const { messageId } of await journal.read("uplink.taken", key, this.#session)) this.#takenBefore.add(messageId);
  }

  /** A new connection. */
  connected(line: ReceivingLine, sessionPresent: boolean): void {
    this.#line = line;
    this.#turnstile = new Turnstile();
    this.#pubrecs = new Pubrecs();
    for (const id of this.#taken) this.#takenBefore.add(id);
    this.#taken.clear();
    if (!sessionPresent) this.#begin();
  }

  take(publish: Publish, line: ReceivingLine): void {
    const { topic, payload, qos, retain, duplicate, messageId, properties } = publish;
    if (qos > 0 && this.#isRepeat(publish, line)) return;
    this.#inflight++;
    const taking = qos === 0 ? undefined : { qos, line, turn: this.#enter(publish, line) };
    if (taking) this.#taking.set(messageId, taking);
    const ops = qos === 2 ? this.#noting(messageId) : NO_OPS;
    // Spread first: as the beginning of a literal it costs next to nothing.
    this.#options.onMessage({ ...properties, topic, payload, qos, retain, duplicate, from: FROM, ops, ...ELSEWHERE }, (error) => {
      this.#inflight--;
      if (error) this.#options.tally.drop("unhandled");
      if (taking) this.#settle(messageId, taking, error);
      if (this.#inflight < this.#options.limitMessages / 2) (this.#line ?? line).resume();
    });
  }

  /** PUBREL: the identifier may be used for another message once PUBCOMP is out, so it is forgotten on the disk first. */
  release(messageId: number, line: ReceivingLine): void {
    const session = this.#session;
    const pubrecs = this.#pubrecs;
    pubrecs.releasing(messageId);
    const complete = () => {
      // Of another session it may be another message's already
      if (session === this.#session) {
        this.#taken.delete(messageId);
        this.#takenBefore.delete(messageId);
      }
      if (!line.gone) line.egress.acknowledge(PACKET.pubcomp, messageId);
      pubrecs.completed(messageId);
    };
    if (!this.#taken.has(messageId) && !this.#takenBefore.has(messageId)) return complete();
    const { journal, key } = this.#options;
    journal.commit([["uplink.released", key, session, messageId]]).then(complete, () => line.end());
  }

  /** The broker has a new session: identifiers say nothing of what they stood for, not of what is being dealt with either. */
  #begin(): void {
    this.#taking.clear();
    this.#takenBefore.clear();
    const session = ++this.#session;
    this.#noted = false;
    const noted = () => {
      if (session === this.#session) this.#noted = true;
    };
    // Where it fails, the first message that is taken brings it along
    this.#options.journal.commit(this.#beginning()).then(noted, () => {});
  }

  #beginning(): Op[] {
    const { key } = this.#options;
    return [
      ["uplink.session", key, this.#session],
      ["uplink.forget", key, this.#session],
    ];
  }

  #noting(messageId: number): readonly Op[] {
    const taken: Op = ["uplink.taken", this.#options.key, this.#session, messageId];
    return this.#noted ? [taken] : [...this.#beginning(), taken];
  }

  /** Whether it is one that is known; it is then acknowledged in its turn. */
  #isRepeat(publish: Publish, line: ReceivingLine): boolean {
    const { messageId, qos, duplicate } = publish;
    const taking = this.#taking.get(messageId);
    if (taking?.qos === qos && (duplicate || taking.line === line)) {
      if (taking.line === line) return true;
      taking.line = line;
      taking.turn = this.#enter(publish, line);
      return true;
    }
    if (qos !== 2 || !(this.#taken.has(messageId) || (duplicate && this.#takenBefore.has(messageId)))) return false;
    this.#enter(publish, line)(true);
    return true;
  }

  #settle(messageId: number, taking: Taking, error: Error | undefined): void {
    const known = this.#taking.get(messageId) === taking;
    if (known) this.#taking.delete(messageId);
    // Not acknowledged: the broker sends it again on the next connection
    if (error) taking.line.end();
    else if (known && taking.qos === 2) (taking.line === this.#line ? this.#taken : this.#takenBefore).add(messageId);
    taking.turn(!error);
  }

  #enter({ qos, messageId }: Publish, line: ReceivingLine): (goes: boolean) => void {
    const pubrecs = this.#pubrecs;
    const say = (type: number) => {
      if (!line.gone) line.egress.acknowledge(type, messageId);
    };
    return this.#turnstile.enter(() => {
      if (qos === 1) say(PACKET.puback);
      else pubrecs.add(messageId, () => say(PACKET.pubrec));
    });
  }
}
