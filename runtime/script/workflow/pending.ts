import { decodeInputs, type Input } from "../../contract/index.ts";
import type { Alarm, Clock } from "../../platform/index.ts";
import type { Offer } from "./offer.ts";

/** An input that is in the journal and not yet handled. */
export interface PendingInput {
  readonly id: number;
  readonly attempts: number;
  /** When its next try is due, ms since the epoch. */
  readonly nextAt: number;
  /** One frame of a batch. */
  readonly input: Uint8Array;
}

export interface PendingOptions {
  readonly plugin: string;
  readonly clock: Clock;
  offer(offer: Omit<Offer, "settle">): void;
}

const MAX_PENDING = 10_000;

/** Inputs of one plugin that wait in the journal: for their next try, or for a paused plugin to go on. */
export class Pending {
  readonly #options: PendingOptions;
  readonly #parked: PendingInput[] = [];
  readonly #alarms = new Map<number, Alarm>();

  constructor(options: PendingOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#parked.length + this.#alarms.size;
  }

  get full(): boolean {
    return this.count >= MAX_PENDING;
  }

  wait(row: PendingInput): void {
    const { clock } = this.#options;
    const alarm = clock.after(Math.max(0, row.nextAt - clock.now()), () => {
      this.#alarms.delete(row.id);
      this.#offer(row);
    });
    this.#alarms.set(row.id, alarm);
  }

  park(row: PendingInput): void {
    this.#parked.push(row);
  }

  /** Offers everything that was parked, in order. */
  release(): void {
    for (const row of this.#parked.splice(0)) this.#offer(row);
  }

  clear(): void {
    for (const alarm of this.#alarms.values()) alarm.cancel();
    this.#alarms.clear();
    this.#parked.length = 0;
  }

  #offer(row: PendingInput): void {
    const [input] = decodeInputs(row.input) as [Input];
    this.#options.offer({ ...input, attempts: row.attempts, ops: [["pending.delete", this.#options.plugin, String(row.id)]] });
  }
}
