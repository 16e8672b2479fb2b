import {
  type AlarmQueue,
  type Faults,
  type Manifest,
  type NextDue,
  type ScheduledHandler,
  topicMatches,
} from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Op } from "../../store/index.ts";
import { NOTHING, type Offer } from "./offer.ts";
import type { TimerChange } from "./plan.ts";

export interface TimersOptions {
  readonly plugin: string;
  /** Whether the version at work keeps its timers in the journal. */
  durable(): boolean;
  readonly faults: Faults;
  readonly alarms: AlarmQueue;
  readonly nextDue: NextDue;
  readonly clock: Clock;
  offer(offer: Omit<Offer, "settle">): void;
}

interface Timer {
  readonly due: number;
  readonly payload: Uint8Array;
}

/** Periods below this are not written down: they come round again before a restart is over. */
const REMEMBER_PERIOD_MS = 60_000;

/** One plugin's named timers and scheduled handlers, as the alarms that wake it. */
export class Timers {
  readonly #options: TimersOptions;
  #timers = new Map<string, Timer>();
  #schedules = new Map<number, { waiting: boolean }>();
  /** Nothing rings: what is due is asked for. */
  #held = false;
  #manifest: Manifest;

  constructor(manifest: Manifest, options: TimersOptions) {
    this.#manifest = manifest;
    this.#options = options;
  }

  get count(): number {
    return this.#timers.size;
  }

  apply({ name, due, payload }: TimerChange): void {
    const { alarms, plugin } = this.#options;
    const key = `${plugin}/${name}`;
    if (due === undefined) {
      this.#timers.delete(name);
      alarms.cancel(key);
      return;
    }
    const timer = { due, payload };
    // In this order: when setting the alarm finds that the clock was set, the timers before this one are shifted.
    if (!this.#held) alarms.set(key, due, () => this.#ring(name, timer));
    this.#timers.set(name, timer);
  }

  /** From now on no timer rings by itself: `next` says which is due. Those that are queued to ring still do. */
  hold(): void {
    this.#held = true;
    for (const name of this.#timers.keys()) this.#options.alarms.cancel(`${this.#options.plugin}/${name}`);
  }

  /** They ring again; those that are due by now do so at once. */
  release(): void {
    this.#held = false;
    for (const [name, timer] of [...this.#timers]) this.apply({ name, ...timer });
  }

  /** The one that is due first. Of several that are due together, the one that was set first. */
  next(): { readonly name: string; readonly due: number } | undefined {
    let first: { name: string; due: number } | undefined;
    for (const [name, { due }] of this.#timers) if (!first || due < first.due) first = { name, due };
    return first;
  }

  /** The input that a timer makes when it rings at `time`. */
  ringing(name: string, time: number): Omit<Offer, "settle"> | undefined {
    const timer = this.#timers.get(name);
    return timer && this.#input(name, timer, time);
  }

  /** All of them, as they stand. */
  all(): TimerChange[] {
    return [...this.#timers].map(([name, timer]) => ({ name, ...timer }));
  }

  /** Scheduled handlers whose turn has come and not yet been taken. */
  get overdue(): number[] {
    return [...this.#schedules].flatMap(([index, { waiting }]) => (waiting ? [index] : []));
  }

  /** Starts the handlers that time wakes. `remembered`: when each was due, as the journal has it; `ringing`: whose turn it is now. */
  schedule(manifest: Manifest, remembered: ReadonlyMap<number, number>, ringing: readonly number[] = []): void {
    for (const handler of this.#schedules.keys()) this.#options.alarms.cancel(this.#scheduleKey(handler));
    this.#schedules = new Map();
    this.#manifest = manifest;
    for (const [index, handler] of manifest.handlers.entries()) {
      if (handler.kind !== "every" && handler.kind !== "cron") continue;
      const now = this.#options.clock.now();
      const due = remembered.get(index);
      // A period that came round while the device was off is made up for once; a cron time that passed is not.
      const missed = handler.kind === "every" && due !== undefined && due <= now;
      const next = missed || ringing.includes(index) ? now : this.#options.nextDue(handler, now);
      this.#schedules.set(index, { waiting: false });
      if (next !== undefined) this.#wake(index, handler, next);
    }
  }

  /** The wall clock was set: delays go on as if it hadn't been, schedules follow it. Returns what to commit. */
  jumped(delta: number): Op[] {
    const { nextDue, clock } = this.#options;
    const ops = this.#held ? [] : this.shift(delta);
    this.schedule(this.#manifest, new Map(), this.overdue);
    const now = clock.now();
    // What is passed over now is so for whoever reads the journal, too: a restart, or another version, would make up for it.
    const due = [...this.#schedules.keys()].flatMap((index) => {
      const handler = this.#manifest.handlers[index] as ScheduledHandler;
      return this.#remembered(index, handler, nextDue(handler, now));
    });
    return [...ops, ...due];
  }

  /** Moves all of them. Returns what to commit. */
  shift(delta: number): Op[] {
    const { plugin, durable } = this.#options;
    const ops: Op[] = [];
    for (const [name, { due, payload }] of [...this.#timers]) {
      this.apply({ name, due: due + delta, payload });
      if (durable()) ops.push(["timer.set", plugin, name, due + delta, payload]);
    }
    return ops;
  }

  /** Exactly these timers, as the journal has them. */
  restore(timers: Iterable<TimerChange>): void {
    for (const name of this.#timers.keys()) this.#options.alarms.cancel(`${this.#options.plugin}/${name}`);
    this.#timers = new Map();
    for (const timer of timers) this.apply(timer);
  }

  /** What to commit so that the journal has all of them. */
  ops(): Op[] {
    const { plugin } = this.#options;
    return [...this.#timers].map(([name, { due, payload }]) => ["timer.set", plugin, name, due, payload]);
  }

  /** How many there are at most once `changes` are applied. */
  countWith(changes: readonly TimerChange[]): number {
    const added = changes.filter(({ name, due }) => due !== undefined && !this.#timers.has(name));
    return this.#timers.size + new Set(added.map(({ name }) => name)).size;
  }

  /** Forgets everything; the journal keeps its rows. */
  clear(): void {
    this.restore([]);
    for (const handler of this.#schedules.keys()) this.#options.alarms.cancel(this.#scheduleKey(handler));
    this.#schedules = new Map();
  }

  #ring(name: string, timer: Timer): void {
    const { clock, faults } = this.#options;
    faults.pass("timer:before-fire");
    this.#options.offer(this.#input(name, timer, clock.now()));
  }

  #input(name: string, timer: Timer, time: number): Omit<Offer, "settle"> {
    const { plugin, durable } = this.#options;
    return {
      kind: "timer",
      handler: this.#handlerOf(name),
      time,
      name,
      payload: timer.payload,
      meta: NOTHING,
      attempts: 0,
      ...(durable() ? { ops: [["timer.delete", plugin, name]], kept: true } : { ops: [] }),
      wanted: () => {
        if (this.#timers.get(name) !== timer) return false;
        this.#timers.delete(name);
        return true;
      },
    };
  }

  /** A handler's name may be a filter: `@timer("silent/+")` takes the timer of every sensor. */
  #handlerOf(name: string): number {
    return this.#manifest.handlers.findIndex((handler) => handler.kind === "timer" && topicMatches(handler.name, name));
  }

  #wake(index: number, handler: ScheduledHandler, due: number): void {
    const { alarms, nextDue, clock } = this.#options;
    const schedule = this.#schedules.get(index);
    alarms.set(this.#scheduleKey(index), due, () => {
      const next = nextDue(handler, Math.max(due, clock.now()));
      if (next !== undefined) this.#wake(index, handler, next);
      // A handler that is still waiting for its last turn is not queued twice.
      if (!schedule || schedule.waiting) return;
      schedule.waiting = true;
      this.#options.offer({
        kind: "schedule",
        handler: index,
        time: clock.now(),
        name: "",
        payload: NOTHING,
        meta: NOTHING,
        attempts: 0,
        ops: this.#remembered(index, handler, next),
        wanted: () => {
          schedule.waiting = false;
          return this.#schedules.get(index) === schedule;
        },
      });
    });
  }

  /** What to commit so that a restart knows when the handler is due next. */
  #remembered(index: number, handler: ScheduledHandler, next: number | undefined): Op[] {
    const { plugin, durable } = this.#options;
    const remember = durable() && next !== undefined && (handler.kind === "cron" || handler.period >= REMEMBER_PERIOD_MS);
    return remember ? [["schedule.set", plugin, index, next]] : [];
  }

  #scheduleKey(handler: number): string {
    return `${this.#options.plugin}#${handler}`;
  }
}
