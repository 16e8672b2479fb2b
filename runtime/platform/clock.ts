/** Where time comes from. Everything that waits or stamps takes one as an argument, so that tests own the time. */
export interface Clock {
  /** Wall time in ms since the epoch. May jump either way. */
  now(): number;
  /** ms since an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls `run` once after `ms`. */
  after(ms: number, run: () => void): Alarm;
}

export interface Alarm {
  cancel(): void;
}

/** Longest wait that setTimeout takes; longer ones are waited for in pieces. */
const MAX_WAIT_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  return {
    now: Date.now,
    monotonic: () => performance.now(),
    after(ms, run) {
      let timer: NodeJS.Timeout;
      const wait = (left: number) => {
        timer = setTimeout(() => (left > MAX_WAIT_MS ? wait(left - MAX_WAIT_MS) : run()), Math.min(left, MAX_WAIT_MS));
      };
      wait(Math.max(0, ms));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until told: the double that author tests and the supervisor's own tests use. */
export class VirtualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #alarms: Pending[] = [];
  #order = 0;

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, run: () => void): Alarm {
    const alarm = { at: this.#monotonic + Math.max(0, ms), order: this.#order++, run };
    this.#alarms.push(alarm);
    const cancel = () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
    return { cancel };
  }

  /** When the next alarm rings, in ms from now; undefined when none is set. */
  nextIn(): number | undefined {
    const next = this.#first();
    return next && next.at - this.#monotonic;
  }

  /** Moves time on by `ms`, ringing each alarm on its way at its own time. Alarms set meanwhile ring too. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (let alarm = this.#first(); alarm && alarm.at <= end; alarm = this.#first()) {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
      this.#now += alarm.at - this.#monotonic;
      this.#monotonic = alarm.at;
      alarm.run();
    }
    this.#now += end - this.#monotonic;
    this.#monotonic = end;
  }

  /** Sets the wall time without any waiting, as NTP or a person does. */
  jump(to: number): void {
    this.#now = to;
  }

  #first(): Pending | undefined {
    return this.#alarms.reduce<Pending | undefined>(
      (first, alarm) => (!first || alarm.at < first.at || (alarm.at === first.at && alarm.order < first.order) ? alarm : first),
      undefined,
    );
  }
}
