/**
 * Named points at which a test makes the process fail: STEPPPS_FAULT=commit:after-write:kill (or :error, :delay=50).
 * A point costs one property read when no fault is set.
 */
export const FAULT_POINTS = {
  "commit:before-write": "a transaction is about to begin",
  "commit:after-write": "a transaction is written, not yet committed",
  "commit:after-commit": "a transaction is committed, nobody was told",
  "ack:before": "effects are committed, the sender is not yet acknowledged",
  "output:before-send": "an output is committed, not yet sent",
  "output:after-send": "an output was sent, its delivery is not yet recorded",
  "deploy:after-verify": "an envelope is verified, nothing is stored",
  "deploy:after-store": "a new version is stored, the old one still runs",
  "swap:before-first": "the new version took over, it has handled nothing",
  "timer:before-fire": "a timer is due, its input is not yet made",
} as const;
export type FaultPoint = keyof typeof FAULT_POINTS;

export const FAULT_ACTIONS = ["kill", "error", "delay"] as const;
export type FaultAction = (typeof FAULT_ACTIONS)[number];

/** Passed to whoever has fault points; `pass` does nothing unless a fault is set there. */
export interface Faults {
  pass(point: FaultPoint): void;
}
