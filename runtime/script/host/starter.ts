import { asStepppsError } from "../../contract/index.ts";
import { startPlugin } from "./start-plugin.ts";
import { isStoreFault, type PluginRow, type Started, type StartPorts } from "./started.ts";
import type { Traffic } from "./traffic.ts";

/**
 * Starts plugins of the journal. One whose version before is to come back, and can't for want of room, has its topics meanwhile and is
 * not opened: messages wait with their senders.
 */
export class Starter {
  readonly #ports: StartPorts;
  readonly #traffic: Pick<Traffic, "route" | "leave">;
  readonly #waiting = new Map<string, Started>();

  constructor(ports: StartPorts, traffic: Pick<Traffic, "route" | "leave">) {
    this.#ports = ports;
    this.#traffic = traffic;
  }

  /** Whether it waits for room. */
  waits(name: string): boolean {
    return this.#waiting.has(name);
  }

  /** With its state, for the caller to give it its topics and to open it. Throws why it can't be started, or not yet. */
  async start(row: PluginRow): Promise<Started> {
    const { name } = row;
    const started = this.#waiting.get(name) ?? (await startPlugin(row, this.#ports));
    const { workflow, version, unfinished } = started;
    if (!unfinished) return started;
    if (!this.waits(name)) {
      this.#waiting.set(name, started);
      await this.#traffic.route(workflow, version);
      throw unfinished.error;
    }
    try {
      await unfinished.finish();
    } catch (error) {
      if (!isStoreFault(asStepppsError(error, "E_DEPLOY_BROKEN").code)) await this.dismiss(name);
      throw error;
    }
    this.#waiting.delete(name);
    return started;
  }

  /** Another version is to be at work, or none. */
  async dismiss(name: string): Promise<void> {
    const waiting = this.#waiting.get(name);
    if (!waiting) return;
    this.#waiting.delete(name);
    await this.#traffic.leave(waiting.workflow);
    await waiting.workflow.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#waiting.values()].map(({ workflow }) => workflow.close()));
    this.#waiting.clear();
  }
}
