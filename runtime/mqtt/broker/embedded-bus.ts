import type { Server } from "node:net";
import type { Aedes } from "aedes";
import { type Message, parseTopicFilter, StepppsError } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { Bus, BusOptions, Reach, SubscribeOptions } from "../bus.ts";
import type { Tally } from "../tally.ts";
import { Turnstile } from "../wire/turnstile.ts";
import type { Clients } from "./clients.ts";
import type { Entrance } from "./entrance.ts";
import type { Exchange, Route } from "./exchange.ts";
import type { JournalPersistence } from "./persistence/journal-persistence.ts";

interface Parts {
  readonly aedes: Aedes;
  readonly clients: Clients;
  readonly entrance: Entrance;
  readonly exchange: Exchange;
  readonly url: string;
  readonly reach: Reach;
  readonly journal: Pick<Journal, "commit">;
  readonly onMessage: BusOptions["onMessage"];
  readonly persistence: JournalPersistence;
  /** They listen. */
  readonly servers: readonly Server[];
  readonly tally: Tally;
}

/** Retained messages that the supervisor is given at once. */
const RETAINED_AT_ONCE = 256;
const DONE = Promise.resolve();

/** The supervisor's side of the broker inside it. */
export class EmbeddedBus implements Bus {
  readonly url: string;
  readonly reach: Reach;
  readonly echoes = false;
  readonly #parts: Parts;
  /** Keeps the order of the supervisor's own messages. */
  readonly #turnstile = new Turnstile();
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.url = parts.url;
    this.reach = parts.reach;
  }

  clients(): number {
    return this.#parts.clients.size;
  }

  connected(): boolean {
    return !this.#closed;
  }

  dropped() {
    return { ...this.#parts.tally.dropped };
  }

  async start(): Promise<void> {
    const { aedes, entrance, persistence } = this.#parts;
    entrance.open();
    for (const will of [...persistence.wills.orphans({ [aedes.id]: true })]) {
      aedes.publish(will as unknown as Parameters<Aedes["publish"]>[0], () => void persistence.delWill({ id: will.clientId }));
    }
  }

  /** What users may do, or who they are, is another thing now: those whom it concerns log in again. */
  usersChanged(): void {
    this.#parts.clients.usersChanged();
  }

  async subscribe(filter: string, options: SubscribeOptions = {}): Promise<void> {
    this.#parts.exchange.take(parseTopicFilter(filter));
    if (options.retained) await this.#handOverRetained(filter);
  }

  async unsubscribe(filter: string): Promise<void> {
    this.#parts.exchange.leave(filter);
  }

  publish(message: Message): Promise<void> {
    if (this.#closed) return Promise.reject(new StepppsError("E_MQTT_CLOSED"));
    const { topic, payload, qos } = message;
    let route: Route;
    try {
      route = this.#parts.exchange.route(topic);
    } catch (error) {
      return Promise.reject(error);
    }
    const change = message.retain || qos > 0 ? this.#parts.persistence.plan(route, message) : undefined;
    const pass = () => {
      change?.apply();
      this.#parts.exchange.deliver(route, payload, qos);
    };
    if (qos === 0 || (!change && this.#turnstile.idle)) {
      pass();
      return change ? this.#parts.journal.commit(change.ops) : DONE;
    }
    const turn = this.#turnstile.enter(pass);
    const committed = change ? this.#parts.journal.commit(change.ops) : DONE;
    return committed.then(
      () => turn(true),
      (error) => {
        turn(false);
        throw error;
      },
    );
  }

  async publishAll(messages: readonly Message[]): Promise<void> {
    const waiting: Promise<void>[] = [];
    for (const message of messages) {
      const published = this.publish(message);
      if (published !== DONE) waiting.push(published);
    }
    if (waiting.length > 0) await Promise.all(waiting);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { aedes, clients, entrance, persistence, servers } = this.#parts;
    persistence.close();
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    await new Promise<void>((resolve) => aedes.close(resolve));
    clients.close();
    entrance.close();
    await Promise.all(closed);
  }

  async #handOverRetained(filter: string): Promise<void> {
    let waiting: Promise<void>[] = [];
    for await (const { topic, payload, qos } of this.#parts.persistence.retained.match([filter])) {
      const message = { topic, payload, qos, retain: true, duplicate: false, from: "", ops: [] };
      waiting.push(new Promise((resolve) => this.#parts.onMessage(message, () => resolve())));
      if (waiting.length < RETAINED_AT_ONCE) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    await Promise.all(waiting);
  }
}
