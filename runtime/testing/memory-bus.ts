import type { Message } from "../contract/index.ts";
import type { Bus } from "../mqtt/index.ts";

/** A broker that only remembers what it was given. */
export class MemoryBus implements Pick<Bus, "subscribe" | "unsubscribe" | "publishAll" | "echoes"> {
  readonly echoes = false;
  readonly published: Message[] = [];
  readonly filters = new Set<string>();

  async subscribe(filter: string): Promise<void> {
    this.filters.add(filter);
  }

  async unsubscribe(filter: string): Promise<void> {
    this.filters.delete(filter);
  }

  async publishAll(messages: readonly Message[]): Promise<void> {
    for (const message of messages) this.published.push({ ...message, payload: message.payload.slice() });
  }
}
