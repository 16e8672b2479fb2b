import type { Qos } from "../../../contract/index.ts";
import type { Journal } from "../../../store/index.ts";
import { pages } from "../../pages.ts";
import type { Packet } from "../aedes.ts";

/** What a client wants said when its connection breaks, with the run of the broker that it was connected to. */
export type Will = Packet & { brokerId: string; clientId: string };

/** The wills of connected clients, and of those that were connected when the supervisor died. */
export class Wills {
  readonly #wills = new Map<string, Will>();

  get(clientId: string): Will | undefined {
    return this.#wills.get(clientId);
  }

  set(will: Will): void {
    this.#wills.set(will.clientId, will);
  }

  delete(clientId: string): void {
    this.#wills.delete(clientId);
  }

  /** Wills that were left with a broker not in `brokers`. */
  *orphans(brokers: Readonly<Record<string, unknown>>): Generator<Will> {
    for (const will of this.#wills.values()) if (!brokers[will.brokerId]) yield will;
  }

  async load(journal: Pick<Journal, "read">): Promise<void> {
    for await (const row of pages(journal, "will.after", (last) => [last?.client ?? ""])) {
      this.set({
        cmd: "publish",
        brokerId: row.broker,
        clientId: row.client,
        topic: row.topic,
        payload: Buffer.from(row.payload),
        qos: row.qos as Qos,
        retain: row.retain === 1,
        dup: false,
      });
    }
  }
}
