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
  /** It comes from this very plugin. */
  readonly itself?: true;
  /** W3C `traceparent` of the message: what it leads to carries the same trace. Not in the journal. */
  readonly trace?: string;
  /** How many plugins it went through before this one. */
  readonly hops?: number;
  /** Kind and method of its handler, where the version at work has none such: for a version that has. */
  readonly method?: string;
  /** Of its random numbers; undefined: as its number says. */
  readonly seed?: bigint;
  /** It is the answer to that request (requests.ts). */
  readonly request?: string;
  /** Number of its row among those that wait in the journal. */
  readonly row?: number;
  /** What a version that was taken back sent for it. */
  readonly sent?: readonly SentOutput[];
  /** How often the input was tried before. */
  readonly attempts: number;
  /** Asked when its turn comes: a timer that was set anew or cancelled meanwhile is no longer wanted. */
  wanted?(): boolean;
  /** Called once: the input's fate is committed (no error), or it was not taken (error). */
  settle(error?: Error): void;
}

/** An output as its receivers know it. */
export interface SentOutput {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** QoS and retain, as the guest gave them. */
  readonly flags: number;
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
