import { connect, type MqttClient } from "mqtt";

export interface SenderOptions {
  readonly port: number;
  readonly clientId: string;
  readonly qos: 1 | 2;
  /** Topic of message `n`. */
  topic(n: number): string;
  /** The next number to send. */
  next(): number;
}

const WINDOW = 16;
const PAUSE_MS = 2;

/** Sends numbers, a few at a time, and goes on where it was whenever the broker is back. */
export class Sender {
  readonly sent = new Set<number>();
  readonly acknowledged = new Set<number>();
  readonly #client: MqttClient;
  readonly #options: SenderOptions;
  #open = 0;
  #stopped = false;

  constructor(options: SenderOptions) {
    const { port, clientId } = options;
    this.#options = options;
    this.#client = connect({ host: "127.0.0.1", port, clientId, clean: false, reconnectPeriod: 20, connectTimeout: 2_000 });
    this.#client.on("error", () => {});
    for (let i = 0; i < WINDOW; i++) this.#send();
  }

  /** Sends nothing new; resolves when all is acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    while (this.#open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  end(): Promise<void> {
    return this.#client.endAsync(true);
  }

  #send(): void {
    if (this.#stopped) return;
    const { next, qos, topic } = this.#options;
    const n = next();
    this.sent.add(n);
    this.#open++;
    this.#client.publish(topic(n), String(n), { qos }, (error) => {
      this.#open--;
      if (!error) this.acknowledged.add(n);
      setTimeout(() => this.#send(), PAUSE_MS);
    });
  }
}
