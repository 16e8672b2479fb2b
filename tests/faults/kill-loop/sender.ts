import { connect, type MqttClient } from "mqtt";

export interface SenderOptions {
  readonly port: number;
  readonly clientId: string;
  readonly qos: 1 | 2;
  /** Topic of message `n`. */
  topic(n: number): string;
  /** The next number to send. */
  next(): number;
  /** Payload of message `n`; the number where absent. */
  payload?(n: number): string;
  /** The message's own id, by which it is known when it comes again; needs MQTT 5. None where absent. */
  id?(n: number): string;
  /** Messages under way at most, and ms after each; 16 and 2 where absent. */
  readonly window?: number;
  readonly pause?: number;
}

const WINDOW = 16;
const PAUSE_MS = 2;
const RETRY_MS = 100;

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
    this.#client = connect({
      host: "127.0.0.1",
      port,
      clientId,
      clean: false,
      reconnectPeriod: 20,
      connectTimeout: 2_000,
      ...(options.id && { protocolVersion: 5, properties: { sessionExpiryInterval: 3_600 } }),
    });
    this.#client.on("error", () => {});
    for (let i = 0; i < (options.window ?? WINDOW); i++) this.#send();
  }

  /** Sends nothing new; resolves when all is acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    while (this.#open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  end(): Promise<void> {
    return this.#client.endAsync(true);
  }

  #send(again?: number): void {
    if (this.#stopped && again === undefined) return;
    const { next, qos, topic, payload = String, id, pause = PAUSE_MS } = this.#options;
    const n = again ?? next();
    this.sent.add(n);
    this.#open++;
    const properties = id && { properties: { userProperties: { id: id(n) } } };
    this.#client.publish(topic(n), payload(n), { qos, ...properties }, (error) => {
      if (!error) this.acknowledged.add(n);
      // MQTT.js gives back only what it never wrote: sent anew it does not come twice.
      setTimeout(
        () => {
          this.#open--;
          this.#send(error ? n : undefined);
        },
        error ? RETRY_MS : pause,
      );
    });
  }
}
