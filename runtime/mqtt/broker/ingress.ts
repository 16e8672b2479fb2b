import { asStepppsError, StepppsError } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { BusOptions } from "../bus.ts";
import type { Tally } from "../tally.ts";
import type { Egress } from "../wire/egress.ts";
import { PACKET } from "../wire/framer.ts";
import type { Publish } from "../wire/publish.ts";
import type { Turnstile } from "../wire/turnstile.ts";
import { type AccessRule, isCommand } from "./access.ts";
import type { Packet } from "./aedes.ts";
import { userOf } from "./client-key.ts";
import type { Exchange, Route } from "./exchange.ts";
import type { Change } from "./persistence/change.ts";
import type { JournalPersistence } from "./persistence/journal-persistence.ts";

/** A client that publishes. */
export interface Publisher {
  /** Its session's key. */
  readonly clientId: string;
  readonly rules: readonly AccessRule[];
  /** It is not on this machine. */
  readonly remote: boolean;
  /** Its session ends with the connection. */
  readonly clean: boolean;
  readonly egress: Pick<Egress, "acknowledge">;
  /** Keeps the order of its messages at QoS 1 and 2. */
  readonly turnstile: Turnstile;
  /** Packet identifiers of QoS 2 messages that are being taken, and, without a session, of those taken and not released. */
  readonly taking: Set<number>;
  readonly taken: Set<number>;
  /** A message waits for the supervisor or the journal. */
  hold(bytes: number): void;
  settle(bytes: number): void;
  /** Ends the connection and says why. */
  fail(error: StepppsError): void;
}

/** Told what became of the first copy of a message. */
type Again = (error?: unknown) => void;

interface Options {
  readonly exchange: Exchange;
  readonly persistence: JournalPersistence;
  readonly journal: Pick<Journal, "commit">;
  readonly onMessage: BusOptions["onMessage"];
  readonly tally: Tally;
}

const NO_OPS = [] as const;

/** What happens to a client's PUBLISH: to the supervisor, to other clients, and to the journal before its sender is told. */
export class Ingress {
  /** QoS 2 messages of sessions that are not yet dealt with, and who sent them again by another connection. */
  readonly #underWay = new Map<string, Again[]>();
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  take(received: Publish, sender: Publisher): void {
    const { exchange } = this.#options;
    const route = exchange.route(received.topic);
    // A command is given once, and not to whoever subscribes next
    const publish = received.retain && isCommand(route.topic) ? { ...received, retain: false } : received;
    if (!exchange.mayPublish(route, sender.rules)) {
      // [MQTT-3.3.5-2] acknowledge or close: the sender learns of it only when it is closed
      this.#options.tally.drop("refused");
      sender.fail(new StepppsError("E_MQTT_REFUSED", `client ${JSON.stringify(sender.clientId)}, topic ${route.topic}`));
    } else if (publish.qos === 0 && !publish.retain) this.#pass(publish, route, sender);
    else if (publish.qos === 2) this.#takeOnce(publish, route, sender);
    else this.#hold(publish, route, sender, this.#options.persistence.plan(route, publish));
  }

  /** A message that aedes itself publishes: a will. What retains or queues it has been done. */
  relay({ topic, payload, qos, retain, clientId: from = "" }: Packet, done: (error?: Error) => void): void {
    const { exchange, onMessage, tally } = this.#options;
    const route = exchange.route(topic);
    exchange.deliver(route, payload, qos);
    if (!route.taken) return done();
    // Where the client was is not kept with its will; programs of this machine have no user, as a rule
    const remote = userOf(from) === undefined ? undefined : { remote: true };
    onMessage({ topic, payload, qos, retain, from, duplicate: false, ops: NO_OPS, ...remote }, (error) => {
      if (error) tally.drop("unhandled");
      done(error);
    });
  }

  /** QoS 0: nothing is owed to anyone. */
  #pass(publish: Publish, route: Route, sender: Publisher): void {
    this.#options.exchange.deliver(route, publish.payload, 0);
    if (!route.taken) return;
    const bytes = publish.payload.length;
    sender.hold(bytes);
    this.#options.onMessage(this.#delivery(publish, sender, NO_OPS), (error) => {
      sender.settle(bytes);
      if (error) this.#options.tally.drop("unhandled");
    });
  }

  /** QoS 2: its packet identifier is remembered with its effects, so that it is handed over once [MQTT-4.3.3-2]. */
  #takeOnce(publish: Publish, route: Route, sender: Publisher): void {
    const { messageId } = publish;
    const { persistence } = this.#options;
    const known = sender.clean ? sender.taken : persistence.sessions.find(sender.clientId)?.incoming;
    if (known?.has(messageId)) {
      sender.egress.acknowledge(PACKET.pubrec, messageId);
      return;
    }
    // Sent again before the answer to the first: that answer will do for both
    if (sender.taking.has(messageId)) return;
    sender.taking.add(messageId);
    const key = `${sender.clientId}\n${messageId}`;
    const first = sender.clean ? undefined : this.#underWay.get(key);
    // Not every client sets DUP when it sends again; its identifier is not free before the exchange is over [MQTT-2.3.1-4].
    if (first) return this.#await(first, publish, sender);
    const again: Again[] = [];
    if (!sender.clean) this.#underWay.set(key, again);
    const ended = (error?: unknown) => {
      if (this.#underWay.get(key) === again) this.#underWay.delete(key);
      for (const tell of again) tell(error);
    };
    const plan = persistence.plan(route, publish);
    const taken = sender.clean ? undefined : persistence.take(sender.clientId, messageId);
    const apply = () => {
      sender.taking.delete(messageId);
      if (taken) taken.apply();
      else sender.taken.add(messageId);
      plan?.apply();
      ended();
    };
    this.#hold(publish, route, sender, { ops: [...(taken?.ops ?? NO_OPS), ...(plan?.ops ?? NO_OPS)], apply }, ended);
  }

  /** It came by a connection that is gone, and waits to be dealt with: what becomes of that is the answer to this one. */
  #await(first: Again[], publish: Publish, sender: Publisher): void {
    const { messageId } = publish;
    const turn = sender.turnstile.enter(() => sender.egress.acknowledge(PACKET.pubrec, messageId));
    first.push((error) => {
      sender.taking.delete(messageId);
      turn(!error);
      if (error) this.#refuse(publish, sender, error);
    });
  }

  /** Passes on, hands over, and once that is done and committed acknowledges: in the order received [MQTT-4.6.0-2]. */
  #hold(publish: Publish, route: Route, sender: Publisher, change: Change | undefined, refused?: Again): void {
    const { exchange, journal, onMessage } = this.#options;
    const { qos, messageId, payload } = publish;
    const ops = change?.ops ?? NO_OPS;
    const pass = () => {
      change?.apply();
      exchange.deliver(route, payload, qos);
    };
    // What is to be remembered is passed on once it is, and then what comes after it, too
    const waits = qos > 0 && (change !== undefined || !sender.turnstile.idle);
    if (!waits) pass();
    const turn = sender.turnstile.enter(() => {
      if (waits) pass();
      if (qos > 0) sender.egress.acknowledge(qos === 1 ? PACKET.puback : PACKET.pubrec, messageId);
    });
    sender.hold(payload.length);
    const done = (error?: unknown) => {
      sender.settle(payload.length);
      turn(!error);
      if (!error) return;
      refused?.(error);
      this.#refuse(publish, sender, error);
    };
    if (route.taken) onMessage(this.#delivery(publish, sender, ops), done);
    else if (ops.length > 0) journal.commit(ops).then(() => done(), done);
    else done();
  }

  /** Nobody was told that the message arrived: its sender keeps it, and sends it again when it is back. */
  #refuse(publish: Publish, sender: Publisher, error: unknown): void {
    sender.taking.delete(publish.messageId);
    this.#options.tally.drop("unhandled");
    if (publish.qos > 0) sender.fail(asStepppsError(error, "E_MQTT_CLIENT"));
  }

  #delivery(publish: Publish, sender: Publisher, ops: Change["ops"]) {
    const { topic, payload, qos, retain, duplicate } = publish;
    const delivery = { topic, payload, qos, retain, duplicate, from: sender.clientId, ops };
    return sender.remote ? { ...delivery, remote: true } : delivery;
  }
}
