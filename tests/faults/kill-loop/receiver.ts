import { connect, type MqttClient } from "mqtt";

/** A subscriber that keeps its session while the device is away, and notes what it is given. */
export class Receiver {
  /** Payloads by the first level of their topic; a payload that comes again is counted, not kept twice. */
  readonly got = new Map<string, Set<string>>();
  repeats = 0;
  readonly #client: MqttClient;

  constructor(port: number, filters: readonly string[]) {
    this.#client = connect({
      host: "127.0.0.1",
      port,
      clientId: "receiver",
      clean: false,
      reconnectPeriod: 20,
      connectTimeout: 2_000,
    });
    this.#client.on("error", () => {});
    this.#client.on("message", (topic, payload) => this.#take(topic.split("/")[0] as string, payload.toString()));
    this.#client.once("connect", () => this.#client.subscribe([...filters], { qos: 1 }));
  }

  of(root: string): ReadonlySet<string> {
    return this.got.get(root) ?? new Set();
  }

  end(): Promise<void> {
    return this.#client.endAsync(true);
  }

  #take(root: string, payload: string): void {
    const known = this.got.get(root) ?? new Set();
    this.got.set(root, known);
    if (known.has(payload)) this.repeats++;
    known.add(payload);
  }
}
