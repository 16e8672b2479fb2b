import { connectAsync, type MqttClient } from "mqtt";
import { controlTopic, type DeployReport } from "../../../runtime/contract/index.ts";

type Listener = (report: DeployReport) => void;

/** What the device says of its deploys, to whoever sent them. */
export class Reports {
  readonly #client: MqttClient;
  readonly #listeners = new Map<string, Set<Listener>>();

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("error", () => {});
    client.on("message", (_, payload) => {
      const report = JSON.parse(payload.toString()) as DeployReport;
      for (const listener of this.#listeners.get(report.id) ?? []) listener(report);
    });
  }

  static async open(port: number, device: string): Promise<Reports> {
    const client = await connectAsync({ host: "127.0.0.1", port, clientId: "reports", clean: false, reconnectPeriod: 50 });
    const reports = new Reports(client);
    await client.subscribeAsync(controlTopic.deployed(device), { qos: 1 });
    return reports;
  }

  /** Calls `listener` with each report on that envelope from now on, until what it returns is called. */
  on(id: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    await this.#client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  }

  end(): Promise<void> {
    return this.#client.endAsync(true);
  }
}
