import type { DeployReport } from "./deploy.ts";
import type { SystemEvent } from "./event.ts";
import type { SystemStatus } from "./status.ts";
import type { DeployOptions } from "./transfer.ts";

/** One message as people see it pass: the page's live list. */
export interface LiveMessage {
  /** ms since the epoch. */
  readonly time: number;
  readonly direction: "in" | "out";
  readonly topic: string;
  readonly bytes: number;
  /** The beginning of the payload where it is text, at most 200 characters; otherwise "". */
  readonly preview: string;
  /** The plugin that sent it (`out`). */
  readonly plugin?: string;
}

/** Calls `listener` from now on; returns what ends it. */
export type Listen<T> = (listener: (value: T) => void) => () => void;

/** What the page and the terminal show; implemented by the supervisor, drawn by PIXEL. */
export interface View {
  status(): SystemStatus;
  readonly events: { readonly listen: Listen<SystemEvent>; recent(): readonly SystemEvent[] };
  /** Sampled: at most a few dozen a second, and nothing is collected while nobody listens. */
  readonly messages: { readonly listen: Listen<LiveMessage> };
  /** While the device has no owner: the code that claims it, and until when, ms since the epoch. Never shown beyond loopback. */
  pairing?(): { readonly code: string; readonly until: number } | undefined;
}

/** An input that a plugin could not handle, as a list has it. */
export interface DeadLetter {
  readonly plugin: string;
  readonly id: string;
  /** ms since the epoch: when it was given up. */
  readonly time: number;
  readonly version: string;
  readonly code: string;
  readonly detail: string;
}

/** One in full. */
export interface DeadLetterInput extends DeadLetter {
  readonly kind: string;
  /** Its topic, or the timer's name. */
  readonly name: string;
  /** ms since the epoch: when it arrived. */
  readonly arrived: number;
  /** Base64. */
  readonly payload: string;
}

/** What people can do on the page; wired by the supervisor. Each rejects with a StepppsError that says what to do. */
export interface Actions {
  /** A signed package. A version that is refused is no rejection: the report says it. */
  deploy(envelope: Uint8Array, options: DeployOptions): Promise<DeployReport>;
  /** Newest first. */
  deploys(limit: number): Promise<readonly DeployReport[]>;
  approve(deploy: string): Promise<unknown>;
  refuse(deploy: string): Promise<unknown>;
  rollback(plugin: string): Promise<unknown>;
  remove(plugin: string): Promise<unknown>;
  /** Of one plugin, newest first. */
  events(plugin: string, limit: number): Promise<readonly SystemEvent[]>;
  deadLetters(plugin: string, limit: number): Promise<readonly DeadLetter[]>;
  deadLetter(plugin: string, id: string): Promise<DeadLetterInput>;
  replayDeadLetter(plugin: string, id: string): Promise<unknown>;
  dropDeadLetter(plugin: string, id: string): Promise<unknown>;
}
