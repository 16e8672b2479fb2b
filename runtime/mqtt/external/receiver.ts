import type { Journal, Op } from "../../store/index.ts";
import type { BusOptions } from "../bus.ts";
import { pages } from "../pages.ts";
import type { Tally } from "../tally.ts";
import type { Egress } from "../wire/egress.ts";
import { PACKET } from "../wire/framer.ts";
import type { Publish } from "../wire/publish.ts";
import { Turnstile } from "../wire/turnstile.ts";

interface Options {
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly onMessage: BusOptions["onMessage"];
  readonly tally: Tally;
  /** Key of this uplink's packet identifiers in the journal. */
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

const FROM = "uplink";
const NO_OPS: readonly Op[] = [];

/** Hands messages over and acknowledges them, in the order received, once they are dealt with. */
export class Receiver {
  readonly #options: Options;
  /** Packet identifiers of QoS 2 messages taken and not released by the broker; they are in the journal. */
  readonly #taken = new Set<number>();
  readonly #taking = new Set<number>();
  #turnstile = new Turnstile();
  #inflight = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  get mayRead(): boolean {
    return this.#inflight < this.#options.limitMessages;
  }

  async load(): Promise<void> {
    const { journal, key } = this.#options;
    const rows = pages(journal, "incoming.after", (last) => [last?.client ?? key, last?.messageId ?? -1]);
    for await (const row of rows) if (row.client === key) this.#taken.add(row.messageId);
  }

  /** A new connection: what the old one's broker awaited, the new one will say again. */
  connected(sessionPresent: boolean): void {
    this.#turnstile = new Turnstile();
    if (sessionPresent) return;
    this.#taken.clear();
    this.#options.journal.commit([["incoming.clear", this.#options.key]]).catch(() => {});
  }

  take(publish: Publish, line: ReceivingLine): void {
    const { messageId, qos } = publish;
    if (qos === 2) {
      if (this.#taken.has(messageId)) return line.egress.acknowledge(PACKET.pubrec, messageId);
      if (this.#taking.has(messageId)) return;
      this.#taking.add(messageId);
    }
    this.#inflight++;
    const turn = qos === 0 ? undefined : this.#turnstile.enter(() => this.#acknowledge(publish, line));
    const ops: readonly Op[] = qos === 2 ? [["incoming.add", this.#options.key, messageId]] : NO_OPS;
    const { topic, payload, retain, duplicate, properties } = publish;
    // Spread first: as the beginning of a literal it costs next to nothing.
    this.#options.onMessage({ ...properties, topic, payload, qos, retain, duplicate, from: FROM, ops, remote: true }, (error) => {
      this.#inflight--;
      this.#taking.delete(messageId);
      if (error) {
        this.#options.tally.drop("unhandled");
        // Not acknowledged: the broker sends it again on the next connection
        if (qos > 0) line.end();
      } else if (qos === 2) this.#taken.add(messageId);
      turn?.(!error);
      if (this.#inflight < this.#options.limitMessages / 2) line.resume();
    });
  }

  /** PUBREL: the identifier may be used for another message once PUBCOMP is out, so it is forgotten on the disk first. */
  release(messageId: number, line: ReceivingLine): void {
    const complete = () => {
      this.#taken.delete(messageId);
      if (!line.gone) line.egress.acknowledge(PACKET.pubcomp, messageId);
    };
    if (!this.#taken.has(messageId)) return complete();
    this.#options.journal.commit([["incoming.delete", this.#options.key, messageId]]).then(complete, () => line.end());
  }

  #acknowledge({ qos, messageId }: Publish, line: ReceivingLine): void {
    if (!line.gone) line.egress.acknowledge(qos === 1 ? PACKET.puback : PACKET.pubrec, messageId);
  }
}
