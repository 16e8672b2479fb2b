import { setTimeout as sleep } from "node:timers/promises";
import { type Message, StepppsError } from "../../contract/index.ts";
import type { Tally } from "../tally.ts";
import type { Sender } from "./sender.ts";
import type { Spill } from "./spill.ts";

interface Options {
  readonly sender: Sender;
  readonly spill: Spill;
  readonly tally: Tally;
  /** Messages under way at once. */
  readonly window: number;
  readonly onSend: ((message: Message) => void) | undefined;
  /** Whether there is a connection. */
  connected(): boolean;
  failed(error: Error): void;
}

/** Until the broker may have taken more. */
const BUSY_MS = 20;

/** Sends what waited in the journal, in its order, as long as there is a connection. */
export class Drain {
  readonly #options: Options;
  #running = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Whether what comes now has to wait its turn. */
  get busy(): boolean {
    return this.#running || this.#options.spill.size > 0;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { sender, spill, window } = this.#options;
    while (this.#options.connected() && spill.size > 0) {
      const sending: Promise<void>[] = [];
      while (sending.length < window && this.#options.connected() && !sender.full) {
        const message = await spill.take().catch((error: Error) => this.#options.failed(error));
        if (!message) break;
        sending.push(this.#forward(message));
      }
      await Promise.all(sending);
      if (sending.length === 0) await sleep(BUSY_MS);
    }
    this.#running = false;
  }

  /** Sends one. Never rejects: what fails stays in the journal, except what the broker refuses. */
  async #forward(message: Message & { readonly number: number }): Promise<void> {
    const { failed, onSend, sender, spill, tally } = this.#options;
    onSend?.(message);
    try {
      await sender.publish(message).catch((error: unknown) => {
        if (!(error instanceof StepppsError && error.code === "E_MQTT_UPLINK_REFUSED")) throw error;
        tally.drop("refused");
        tally.report(error);
      });
      await spill.sent(message.number);
    } catch (error) {
      failed(error as Error);
    }
  }
}
