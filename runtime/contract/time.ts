import type { Handler } from "./manifest.ts";

/** Wakes its owners at wall-clock times. TIME implements it, SCRIPT uses it. */
export interface AlarmQueue {
  /** Rings `ring` once when the clock reaches `due` (ms since the epoch); replaces the alarm of that key. */
  set(key: string, due: number, ring: () => void): void;
  cancel(key: string): void;
  /**
   * Called after the wall clock was set by `delta` ms. Alarms that count a delay are to be set again by their owner,
   * shifted by `delta`, so that a clock that jumps (no RTC, NTP, a person) neither rushes nor stalls them.
   */
  onJump(listener: (delta: number) => void): void;
}

/** A handler that time wakes. */
export type ScheduledHandler = Extract<Handler, { kind: "every" | "cron" }>;

/** When `handler` is due next after `after`; undefined when never again. */
export type NextDue = (handler: ScheduledHandler, after: number) => number | undefined;
