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
  "transfer:after-chunk": "a chunk is on disk, its sender is not yet acknowledged",
  "transfer:whole": "all chunks are here, the artefact is not yet handed on",
  "deploy:after-verify": "an envelope is verified, nothing is stored",
  "deploy:after-approve": "a deploy may go on, which is on disk",
  "deploy:after-compile": "a new version is compiled, not yet tried",
  "deploy:after-migrate": "a new version has taken the old state, nothing of that is stored",
  "deploy:after-shadow": "a new version handled recorded inputs, the old one still runs",
  "deploy:after-store": "a new version is stored with the old one's state beside it, it has not taken over",
  "canary:begun": "a version on trial is to have a share of the inputs, it has handled nothing",
  "canary:before-settle": "a version did well on trial, nobody wrote that down",
  "canary:before-rollback": "a version failed on trial, nobody wrote that down",
  "adopt:noted": "a trial is over, the version at work is to handle its inputs and has not begun",
  "adopt:handled": "the version at work handled the inputs of a trial, their rows are still there",
  "swap:before-first": "the new version took over, it has handled nothing",
  "gate:before-settle": "a new version passed its gate, the old state is still kept",
  "rollback:before-restore": "a version failed its gate, the old one's state is not yet back",
  "rollback:after-restore": "the old version and its state are back, the inputs since are not yet handled again",
  "rollback:at-start": "a version on probation can't be started with the device, the one before it is not yet back",
  "rerun:between": "some of the inputs since a swap were handled again, others not yet",
  "trust:after-store": "new metadata is stored, what it revokes still runs",
  "update:after-block": "a block of an image is written into the other slot",
  "update:after-fetch": "all blocks are in place, nothing was read back",
  "update:before-stage": "the slot was read back, its kernel is not yet beside it",
  "update:before-try": "kernel and slot are in place, the boot loader knows nothing of it",
  "update:after-try": "the boot loader will try the slot, which is not yet written down here",
  "update:before-bless": "the slot passed its gate, the boot loader doesn't know",
  "update:after-bless": "the boot loader keeps the slot, which is not yet written down here",
  "timer:before-fire": "a timer is due, its input is not yet made",
} as const;
export type FaultPoint = keyof typeof FAULT_POINTS;

export const FAULT_ACTIONS = ["kill", "error", "delay"] as const;
export type FaultAction = (typeof FAULT_ACTIONS)[number];

/** Passed to whoever has fault points; `pass` does nothing unless a fault is set there. */
export interface Faults {
  pass(point: FaultPoint): void;
}
