import { connect, type MqttClient } from "mqtt";

/** A subscriber that keeps its session while the device is away, and notes what it is given. */
export class Receiver {
  /** Payloads by the first `levels` of their topic; a payload that comes again is counted, not kept twice. */
  readonly got = new Map<string, Set<string>>();
  readonly #repeats = new Map<string, number>();
  readonly #client: MqttClient;

  constructor(port: number, filters: readonly string[], levels = 1) {
    this.#client = connect({
      host: "127.0.0.1",
      port,
      clientId: "receiver",
      clean: false,
      reconnectPeriod: 20,
      connectTimeout: 2_000,
    });
    this.#client.on("error", () => {});
    this.#client.on("message", (topic, payload) => this.#take(topic.split("/").slice(0, levels).join("/"), payload.toString()));
    this.#client.once("connect", () => this.#client.subscribe([...filters], { qos: 1 }));
  }

  of(root: string): ReadonlySet<string> {
    return this.got.get(root) ?? new Set();
  }

  /** How often something came again. */
  repeatsOf(root: string): number {
    return this.#repeats.get(root) ?? 0;
  }

  get repeats(): number {
    return [...this.#repeats.values()].reduce((total, count) => total + count, 0);
  }

  end(): Promise<void> {
    return this.#client.endAsync(true);
  }

  #take(root: string, payload: string): void {
    const known = this.got.get(root) ?? new Set();
    this.got.set(root, known);
    if (known.has(payload) && process.env.J_DEBUG) process.stdout.write(`again ${root} ${payload} ${Date.now()}\n`);
    if (known.has(payload)) this.#repeats.set(root, this.repeatsOf(root) + 1);
    known.add(payload);
  }
}
