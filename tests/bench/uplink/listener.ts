import { connectAsync, type MqttClient } from "mqtt";
import { readNumber } from "../load/wire.ts";

const LOOK_MS = 50;
const SILENCE_MS = 2_000;

/** What came on one topic. */
export interface Heard {
  /** In the order of arrival. */
  readonly numbers: readonly number[];
  /** How many came after one with a higher number. */
  readonly disorder: number;
}

/** Reads, at the far end of an uplink, what comes: its numbers, and the ids that it keeps for good. */
export class Listener {
  readonly #client: MqttClient;
  readonly #numbers = new Map<string, number[]>();
  readonly #contents = new Map<string, string>();
  /** Ids that came more than once. */
  repeated = 0;
  lastAt = 0;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (topic, payload, { properties }) => {
      this.lastAt = performance.now();
      const number = readNumber(payload, 0);
      const numbers = this.#numbers.get(topic) ?? [];
      numbers.push(number);
      this.#numbers.set(topic, numbers);
      const id = String(properties?.userProperties?.id ?? "none");
      if (id === "none" || this.#contents.has(id)) this.repeated++;
      this.#contents.set(id, `${topic} ${number}`);
    });
  }

  static async start(port: number, topics: readonly string[]): Promise<Listener> {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5, reconnectPeriod: 0 });
    const listener = new Listener(client);
    await client.subscribeAsync([...topics], { qos: 1 });
    return listener;
  }

  of(topic: string): Heard {
    const numbers = this.#numbers.get(topic) ?? [];
    let highest = -1;
    let disorder = 0;
    for (const number of numbers) {
      if (number < highest) disorder++;
      highest = Math.max(highest, number);
    }
    return { numbers, disorder };
  }

  /** Resolves when `reached`, or when that took too long: what has come until then counts. */
  async until(reached: () => boolean, millis: number): Promise<void> {
    const end = performance.now() + millis;
    while (!reached() && performance.now() < end) await sleep(LOOK_MS);
  }

  /** Resolves when nothing has come for a while. */
  async silence(): Promise<void> {
    while (performance.now() - this.lastAt < SILENCE_MS) await sleep(LOOK_MS);
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
