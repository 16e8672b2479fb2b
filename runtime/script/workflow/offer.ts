import type { InputKind } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";

/** An input that waits for its turn, with what has to happen once it is settled. */
export interface Offer {
  readonly kind: InputKind;
  readonly handler: number;
  readonly time: number;
  readonly name: string;
  readonly payload: Uint8Array;
  readonly meta: Uint8Array;
  /** Committed together with the input's effects: the timer that fired, the pending row, the stored QoS 2 packet. */
  readonly ops: readonly Op[];
  /** It is in the journal, too (a timer, a pending row), so that it comes back by itself when the commit fails. */
  readonly kept?: true;
  /** It comes from another plugin, or from this one: it is taken even while this one's own outputs wait. */
  readonly inside?: true;
  /** How often the input was tried before. */
  readonly attempts: number;
  /** Asked when its turn comes: a timer that was set anew or cancelled meanwhile is no longer wanted. */
  wanted?(): boolean;
  /** Called once: the input's fate is committed (no error), or it was not taken (error). */
  settle(error?: Error): void;
}

export const NOTHING = new Uint8Array(0);

/** Stands for an input that was handled before a restart: only what it sent still matters. */
export const HANDLED: Offer = {
  kind: "message",
  handler: 0,
  time: 0,
  name: "",
  payload: NOTHING,
  meta: NOTHING,
  ops: [],
  attempts: 0,
  settle() {},
};
