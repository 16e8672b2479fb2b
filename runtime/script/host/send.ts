import type { Message } from "../../contract/index.ts";
import type { Bus } from "../../mqtt/index.ts";

export interface SendPorts {
  readonly bus: Pick<Bus, "publishAll" | "echoes">;
  /** Whether a plugin takes the topic. */
  taken(topic: string): boolean;
  /**
   * Gives a message of `plugin` to the plugins that take it; `done` is called once. `again`: all of them had taken it, and it comes
   * with others of which that is not so.
   */
  deliver(plugin: string, message: Message, again: boolean, done: (error?: Error) => void): void;
  /** Messages that every plugin has taken, for as long as their sender keeps them. */
  readonly done: WeakSet<Message>;
  /** Told that they are on their way to the broker. */
  sending(): void;
}

/**
 * Outputs go to the broker and to the plugins that listen; both are told of repeats by the id. Where a plugin can't take one
 * now nothing after it is sent: two plugins that flood each other would send all of it again with every try.
 */
export async function sendOutputs(plugin: string, messages: readonly Message[], ports: SendPorts): Promise<void> {
  const { bus } = ports;
  const inside = bus.echoes ? [] : messages.filter((message) => ports.taken(message.topic));
  const taken: Promise<void>[] = [];
  let refused: Error | undefined;
  for (const message of inside) {
    const delivered = deliverInside(plugin, message, ports, (error) => {
      refused = error;
    });
    delivered.catch(() => {});
    if (refused) throw refused;
    taken.push(delivered);
  }
  ports.sending();
  await Promise.all([bus.publishAll(messages), ...taken]);
}

function deliverInside(from: string, message: Message, ports: SendPorts, refused: (error: Error) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    // A plugin that can't take it now makes the sender's outbox try again, unless the message may be lost.
    const settle = (error?: Error) => {
      if (!error || message.qos === 0) {
        ports.done.add(message);
        return resolve();
      }
      refused(error);
      reject(error);
    };
    ports.deliver(from, message, ports.done.has(message), settle);
  });
}
