import { decodeInputs, type Input } from "../../contract/index.ts";
import type { Alarm, Clock } from "../../platform/index.ts";
import type { Op } from "../../store/index.ts";
import { HANDLER_OFFSET } from "./batch.ts";
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
  offer(offer: Offer): void;
}

const MAX_PENDING = 10_000;

/** Inputs of one plugin that wait in the journal: for their next try, or for a paused plugin to go on. */
export class Pending {
  readonly #options: PendingOptions;
  #parked: PendingInput[] = [];
  readonly #waiting = new Map<number, { row: PendingInput; readonly alarm: Alarm }>();
  /** Rows on their way through the plugin. */
  readonly #offered = new Set<number>();

  constructor(options: PendingOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#parked.length + this.#waiting.size;
  }

  get full(): boolean {
    return this.count >= MAX_PENDING;
  }

  wait(row: PendingInput): void {
    const { clock } = this.#options;
    const { id, nextAt } = row;
    if (this.#offered.has(id)) return;
    const alarm = clock.after(Math.max(0, nextAt - clock.now()), () => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (waiting) this.offer(waiting.row);
    });
    this.#waiting.set(id, { row, alarm });
  }

  park(row: PendingInput): void {
    this.#parked.push(row);
  }

  /** Offers everything that was parked, in order. */
  release(): void {
    for (const row of this.#parked.splice(0)) this.offer(row);
  }

  /** Forgets everything; the journal keeps its rows. */
  clear(): void {
    for (const { alarm } of this.#waiting.values()) alarm.cancel();
    this.#waiting.clear();
    this.#offered.clear();
    this.#parked = [];
  }

  /** Gives every input the handler's number of another version; `apply` once the ops are committed. */
  renumber(numberOf: (handler: number) => number): { ops: Op[]; apply(): void } {
    const { plugin } = this.#options;
    const changed = new Map<number, PendingInput>();
    for (const row of [...this.#parked, ...[...this.#waiting.values()].map(({ row }) => row)]) {
      const input = renumbered(row.input, numberOf);
      if (input) changed.set(row.id, { ...row, input });
    }
    const ops = [...changed.values()].flatMap(({ id, attempts, nextAt, input }): Op[] => [
      ["pending.delete", plugin, String(id)],
      ["pending.add", plugin, String(id), attempts, nextAt, input],
    ]);
    const apply = () => {
      this.#parked = this.#parked.map((row) => changed.get(row.id) ?? row);
      for (const waiting of this.#waiting.values()) waiting.row = changed.get(waiting.row.id) ?? waiting.row;
    };
    return { ops, apply };
  }

  offer(row: PendingInput): void {
    const { id, attempts } = row;
    const [input] = decodeInputs(row.input) as [Input];
    this.#offered.add(id);
    const ops: Op[] = [["pending.delete", this.#options.plugin, String(id)]];
    const settle = () => void this.#offered.delete(id);
    this.#options.offer({ ...input, attempts, kept: true, ops, settle });
  }
}

/** The frame with its handler's other number; undefined when that is the same. */
function renumbered(input: Uint8Array, numberOf: (handler: number) => number): Uint8Array | undefined {
  const copy = input.slice();
  const view = new DataView(copy.buffer);
  const old = view.getInt32(HANDLER_OFFSET, true);
  const handler = numberOf(old);
  if (handler === old) return undefined;
  view.setInt32(HANDLER_OFFSET, handler, true);
  return copy;
}
