import type { Message } from "../../contract/index.ts";
import type { Bus, Delivery } from "../../mqtt/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Journal } from "../../store/index.ts";
import type { Version } from "../plugin/version.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { deliver } from "./deliver.ts";
import { type Route, Routes } from "./routes.ts";
import { Seen } from "./seen.ts";
import { sendOutputs } from "./send.ts";

export interface TrafficPorts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly bus: Pick<Bus, "subscribe" | "unsubscribe" | "publishAll" | "echoes">;
  /** Told of outputs on their way to the broker. */
  sending(plugin: string, messages: readonly Message[]): void;
}

/** Message ids that are remembered over a restart. */
const REMEMBERED = 50_000;

/** Messages between the broker and the plugins, and between plugins. */
export class Traffic {
  readonly counts = { messagesIn: 0, messagesOut: 0, dropped: 0 };
  readonly routes = new Routes();
  readonly #ports: TrafficPorts;
  readonly #seen: Seen;
  readonly #done = new WeakSet<Message>();
  /** A plugin that is being handed what is retained on its topics: the others have had that. */
  #newcomer: Workflow | undefined;

  private constructor(ports: TrafficPorts, seen: Seen) {
    this.#ports = ports;
    this.#seen = seen;
  }

  static async open(ports: TrafficPorts): Promise<Traffic> {
    const { journal } = ports;
    const rows = (await journal.read("seen.recent", REMEMBERED)).reverse();
    return new Traffic(ports, new Seen(rows, (ops) => void journal.commit(ops).catch(() => {})));
  }

  /** `done` is called once what the message caused is on disk, or with the reason why it was not taken. */
  deliver(message: Delivery, origin: { readonly inside?: true; readonly again?: boolean }, done: (error?: Error) => void): void {
    const { journal, clock } = this.#ports;
    this.counts.messagesIn++;
    deliver(message, this.#routesOf(message), { seen: this.#seen, journal, clock, ...origin }, (error) => {
      // What comes from a plugin above QoS 0 is sent again until it is taken.
      if (error && !(origin.inside && message.qos > 0)) this.counts.dropped++;
      done(error);
    });
  }

  async send(plugin: string, messages: readonly Message[]): Promise<void> {
    const { bus, sending } = this.#ports;
    await sendOutputs(plugin, messages, {
      bus,
      sending: () => {
        this.counts.messagesOut += messages.length;
        sending(plugin, messages);
      },
      taken: (topic) => this.routes.match(topic).length > 0,
      deliver: (from, message, again, done) =>
        this.deliver({ ...message, from, duplicate: false, ops: [] }, { inside: true, again }, done),
      done: this.#done,
    });
  }

  /** The message handlers of `version` go to `workflow`, in place of those it had. */
  async route(workflow: Workflow, version: Version): Promise<void> {
    const { take, leave } = this.routes.set(workflow, version);
    await Promise.all([
      ...take.map((filter) => this.#ports.bus.subscribe(filter)),
      ...leave.map((filter) => this.#ports.bus.unsubscribe(filter)),
    ]);
  }

  /** `workflow` is given nothing more. */
  async leave(workflow: Workflow): Promise<void> {
    await Promise.all(this.routes.remove(workflow).map((filter) => this.#ports.bus.unsubscribe(filter)));
  }

  /** A plugin that is new, and open, learns what is retained on its topics, as any new subscriber does. */
  async handOverRetained(workflow: Workflow, { filters }: Version): Promise<void> {
    this.#newcomer = workflow;
    try {
      for (const { filter } of filters) await this.#ports.bus.subscribe(filter, { retained: true });
    } finally {
      this.#newcomer = undefined;
    }
  }

  #routesOf({ topic, retain, from }: Delivery): readonly Route[] {
    const routes = this.routes.match(topic);
    if (!this.#newcomer || !retain || from !== "") return routes;
    return routes.filter(({ workflow }) => workflow === this.#newcomer);
  }
}
