import { decodeInputs, type Handler, type Input } from "../../contract/index.ts";
import type { Alarm, Clock } from "../../platform/index.ts";
import type { Op } from "../../store/index.ts";
import type { Offer } from "./offer.ts";
import { handlerName, handlerNumber } from "./renumber.ts";

/** An input that is in the journal and not yet handled. */
export interface PendingInput {
  readonly id: number;
  readonly attempts: number;
  /** When its next try is due, ms since the epoch. */
  readonly nextAt: number;
  /** One frame of a batch. */
  readonly input: Uint8Array;
  /** Kind and method of its handler; without one the frame's number is meant. */
  readonly method?: string | null | undefined;
}

export interface PendingOptions {
  readonly plugin: string;
  readonly clock: Clock;
  /** Of the version at work. */
  handlers(): readonly Handler[];
  offer(offer: Offer): void;
}

const MAX_PENDING = 10_000;

/** Inputs of one plugin that wait in the journal: for their next try, or for a paused plugin to go on. */
export class Pending {
  readonly #options: PendingOptions;
  #parked: PendingInput[] = [];
  readonly #waiting = new Map<number, { row: PendingInput; readonly alarm: Alarm }>();
  /** Rows on their way through the plugin. */
  readonly #offered = new Map<number, PendingInput>();

  constructor(options: PendingOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#parked.length + this.#waiting.size;
  }

  get full(): boolean {
    return this.count >= MAX_PENDING;
  }

  /** Those that wait and those on their way, in no order. */
  rows(): PendingInput[] {
    return [...this.#parked, ...[...this.#waiting.values()].map(({ row }) => row), ...this.#offered.values()];
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

  /** It was tried and waits once more. */
  again(row: PendingInput): void {
    this.#offered.delete(row.id);
    this.wait(row);
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

  /** Forgets those with numbers from `from` on, below `to`; the journal keeps its rows. */
  forget(from: number, to: number): void {
    this.#parked = this.#parked.filter(({ id }) => id < from || id >= to);
    for (const [id, { alarm }] of this.#waiting) {
      if (id < from || id >= to) continue;
      alarm.cancel();
      this.#waiting.delete(id);
    }
  }

  /** Names the handlers of those that have but a number, which is one of `handlers`: another version takes over. */
  name(handlers: readonly Handler[]): Op[] {
    const { plugin } = this.#options;
    const named = new Map<number, PendingInput>();
    for (const row of this.rows()) {
      if (row.method) continue;
      const [input] = decodeInputs(row.input) as [Input];
      const method = handlerName(handlers, input.handler);
      if (method) named.set(row.id, { ...row, method });
    }
    this.#parked = this.#parked.map((row) => named.get(row.id) ?? row);
    for (const waiting of this.#waiting.values()) waiting.row = named.get(waiting.row.id) ?? waiting.row;
    for (const [id, row] of this.#offered) this.#offered.set(id, named.get(id) ?? row);
    return [...named.values()].flatMap((row): Op[] => [["pending.delete", plugin, String(row.id)], pendingAdd(plugin, row)]);
  }

  offer(row: PendingInput): void {
    const { id, attempts, method } = row;
    const [{ seed: _, ...input }] = decodeInputs(row.input) as [Input];
    const handler = method ? handlerNumber(this.#options.handlers(), method) : input.handler;
    this.#offered.set(id, row);
    const ops: Op[] = [["pending.delete", this.#options.plugin, String(id)]];
    const settle = () => {
      if (this.#offered.get(id) === row) this.#offered.delete(id);
    };
    const offer: Offer = { ...input, handler, attempts, kept: true, row: id, ops, settle };
    this.#options.offer(method ? { ...offer, method } : offer);
  }
}

/** What puts the row into the journal. */
export function pendingAdd(plugin: string, { id, attempts, nextAt, input, method }: PendingInput): Op {
  return ["pending.add", plugin, String(id), attempts, nextAt, input, method ?? null];
}
