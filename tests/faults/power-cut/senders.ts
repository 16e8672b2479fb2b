import { connect, type MqttClient } from "mqtt";
import type { Moment } from "./history.ts";
import type { SentMessage } from "./recording.ts";

export interface SenderOptions {
  readonly broker: string;
  readonly clientId: string;
  readonly qos: 1 | 2;
  /** ms between two messages. */
  readonly pause: number;
  /** Now, as the log of writes has it. */
  moment(): Moment;
}

/**
 * Sends numbers one after the other, each once the one before is acknowledged, and notes when that was: at QoS 1 PUBACK, at QoS 2
 * PUBREC, from which on the message is the device's.
 */
export class NotingSender {
  readonly #messages = new Map<string, { acknowledged?: Moment; again: boolean }>();
  readonly #client: MqttClient;
  readonly #options: SenderOptions;
  readonly #done: Promise<void>;
  #open: string | undefined;
  #stopped = false;

  constructor(options: SenderOptions) {
    const { broker, clientId, qos } = options;
    this.#options = options;
    // A device that has just started may ask clients to come again later: they do.
    const again = { reconnectPeriod: 250, reconnectOnConnackError: true, connectTimeout: 10_000 };
    this.#client = connect(broker, { clientId, clean: false, keepalive: 10, ...again });
    this.#client.on("error", () => {});
    this.#client.on("packetreceive", ({ cmd }) => {
      if (cmd === (qos === 1 ? "puback" : "pubrec")) this.#acknowledge();
    });
    this.#client.on("close", () => {
      const open = this.#messages.get(this.#open ?? "");
      if (open && !open.acknowledged) open.again = true;
    });
    this.#done = this.#send();
  }

  get messages(): SentMessage[] {
    return [...this.#messages].map(([number, message]) => ({ number, ...message }));
  }

  /** Sends nothing new; resolves when what is under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
    this.end(); // MQTT.js says that it has ended only where it was connected
  }

  /** Whatever is under way. */
  end(): void {
    this.#stopped = true;
    this.#done.catch(() => {}); // what is under way fails by this
    this.#client.end(true);
  }

  async #send(): Promise<void> {
    const { qos, clientId, pause } = this.#options;
    for (let n = 1; !this.#stopped; n++) {
      const number = `${clientId}-${n}`;
      this.#open = number;
      this.#messages.set(number, { again: false });
      await this.#client.publishAsync(`count/${clientId}`, number, { qos });
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #acknowledge(): void {
    const open = this.#messages.get(this.#open ?? "");
    if (open) open.acknowledged ??= this.#options.moment();
  }
}
